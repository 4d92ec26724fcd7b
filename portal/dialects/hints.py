"""What to do about a fault: one hint for each category, and a better one where the provider type allows it."""

from portal.dialects.base import ProviderType
from portal.domain.faults import Category

GENERAL: dict[Category, str] = {
    Category.NEED_KEY: "The portal sends nothing before it has one.",
    Category.NEED_URL: "It is the address before /chat/completions.",
    Category.NEED_MODEL: "The provider’s own list shows the names; discover them, or type one.",
    Category.AUTH: "Paste the key again: it may be mistyped, expired or revoked, or belong to another account.",
    Category.PERMISSION: "The key is good. It may lack a right, or be barred from this region or network.",
    Category.ENDPOINT: "Check the base URL against the provider’s documentation; many end in /v1.",
    Category.HTML: "Enter the address of the API, not of a website. A sign-in page or firewall may stand between.",
    Category.SHAPE: "Check the base URL and the provider type: another kind of server answers there.",
    Category.BILLING: "Top up the account or raise its limit at the provider, then test again.",
    Category.RATE_LIMIT: "Wait a minute, then try again.",
    Category.SERVER: "Try again in a few minutes.",
    Category.REJECTED: "The model’s name, an option or the provider type may be wrong. Its own words say more.",
    Category.MODEL_NOT_FOUND: "Check the model’s name letter by letter, or discover the models that this key reaches.",
    Category.CONTENT: "Address and key work. Put the question differently.",
    Category.CONTEXT_LENGTH: "Shorten the message, start a new chat, or correct the model’s context limit.",
    Category.TIMEOUT: "It may be slow or overloaded, or a firewall drops the connection in silence. Try again.",
    Category.DNS: "Check the host’s spelling. A private name must be known where the portal runs.",
    Category.CONNECT: "Check that the server runs, listens on this port, and lets the portal’s machine in.",
    Category.TLS: "Renew its certificate, or give the portal the authority that signed it (PORTAL_CA_BUNDLE).",
    Category.EGRESS: "An administrator of the server decides which addresses are allowed (PORTAL_PRIVATE_NETWORKS).",
}

ASKS_FOR_KEY = "This server asks for a key. Enter the one that it was started with, or that of the proxy before it."
_SLOW = "A large model takes long to load the first time. Try again, or allow it more time."
_OUTWARD = "Check that the portal’s machine may reach the internet, or set PORTAL_EGRESS_PROXY."
_RIGHT_TYPE = "Check the address. It should be the server’s API root, which ends in /v1."

BY_TYPE: dict[tuple[Category, str], str] = {
    (Category.AUTH, "openai"): "Paste the key again: it may be expired, revoked or for another organization. "
    "OpenAI’s keys begin with sk-.",
    (
        Category.AUTH,
        "anthropic",
    ): "Paste the key again: it may be expired or revoked. Anthropic’s keys begin with sk-ant-.",
    (Category.AUTH, "ollama"): "Ollama itself asks for no key. Enter the key of the proxy that stands before it.",
    (Category.AUTH, "vllm"): "Enter the key that vLLM was started with (--api-key).",
    (Category.AUTH, "lm_studio"): "Enter the key that LM Studio’s server settings show.",
    (Category.AUTH, "llama_cpp"): "Enter the key that llama-server was started with (--api-key).",
    (Category.AUTH, "openai_compatible"): "Paste the key again. If the server wants it in a header such as api-key, "
    "another provider type may fit better.",
    (Category.PERMISSION, "openai"): "The key is good but may not do this: look at the project’s and the key’s "
    "permissions, or the country the portal runs in.",
    (Category.PERMISSION, "anthropic"): "The key is good but its workspace may not do this. Ask who manages it.",
    (Category.ENDPOINT, "openai"): "The base URL ends in /v1, as https://api.openai.com/v1 does.",
    (Category.ENDPOINT, "anthropic"): "The base URL ends in /v1, as https://api.anthropic.com/v1 does.",
    (Category.ENDPOINT, "ollama"): "Ollama’s base URL ends in /v1, as http://localhost:11434/v1 does.",
    (Category.ENDPOINT, "vllm"): "vLLM’s base URL ends in /v1, as http://localhost:8000/v1 does.",
    (Category.ENDPOINT, "lm_studio"): "LM Studio’s base URL ends in /v1, as http://localhost:1234/v1 does.",
    (Category.ENDPOINT, "llama_cpp"): "The base URL of llama-server ends in /v1, as http://localhost:8080/v1 does.",
    (Category.ENDPOINT, "openai_compatible"): "Many servers of this kind want /v1 at the end of the base URL.",
    (
        Category.BILLING,
        "openai",
    ): "Look at Billing on platform.openai.com: add credit or raise the limit, then test again.",
    (Category.BILLING, "anthropic"): "Look at Plans & Billing on console.anthropic.com: add credit or raise the limit.",
    (Category.RATE_LIMIT, "vllm"): "It serves as many as it can. Wait a moment, then try again.",
    (Category.SERVER, "ollama"): "The model may be too large for this machine’s memory. Ollama’s log says more.",
    (Category.SERVER, "vllm"): "vLLM’s log says more; while it starts it cannot answer yet.",
    (Category.SERVER, "lm_studio"): "Look at LM Studio: the model may have failed to load.",
    (Category.SERVER, "llama_cpp"): "The log of llama-server says more; while it loads a model it cannot answer yet.",
    (
        Category.MODEL_NOT_FOUND,
        "openai",
    ): "Check the name. A project key reaches only the models that its project was given.",
    (Category.MODEL_NOT_FOUND, "anthropic"): "Check the name, with its date if it has one. Old models are retired.",
    (Category.MODEL_NOT_FOUND, "ollama"): "Fetch it on that machine: ollama pull {model}",
    (
        Category.MODEL_NOT_FOUND,
        "vllm",
    ): "vLLM serves only the model it was started with; discover models to see its name.",
    (Category.MODEL_NOT_FOUND, "lm_studio"): "Load the model in LM Studio, then try again.",
    (
        Category.MODEL_NOT_FOUND,
        "llama_cpp",
    ): "llama-server serves the model it was started with; discover models for its name.",
    (Category.MODEL_NOT_FOUND, "demo"): "The demo has two models: demo-small and demo-large.",
    (Category.SHAPE, "ollama"): _RIGHT_TYPE,
    (Category.SHAPE, "lm_studio"): _RIGHT_TYPE,
    (Category.TIMEOUT, "ollama"): _SLOW,
    (
        Category.TIMEOUT,
        "lm_studio",
    ): _SLOW,
    (Category.TIMEOUT, "llama_cpp"): "The machine may be busy or slow. Try again, or allow it more time.",
    (Category.CONNECT, "ollama"): "Is Ollama running there? On another machine it must listen beyond itself "
    "(OLLAMA_HOST=0.0.0.0).",
    (Category.CONNECT, "vllm"): "Is vLLM running there, and on this port?",
    (
        Category.CONNECT,
        "lm_studio",
    ): "Start the server in LM Studio, and let it serve on the local network if it is another machine.",
    (Category.CONNECT, "llama_cpp"): "Is llama-server running there? On another machine it needs --host 0.0.0.0.",
    (Category.CONNECT, "openai"): _OUTWARD,
    (
        Category.CONNECT,
        "anthropic",
    ): _OUTWARD,
}


def hint_for(category: Category, type: ProviderType, model: str = "") -> str:
    """What to do, for this type of provider; `model` fills the place that some hints have for it."""
    hint = BY_TYPE.get((category, type.name)) or GENERAL.get(category, "")
    return hint.replace("{model}", model or "the model’s name")


_KEYS: tuple[tuple[str, str, str], ...] = (
    ("sk-ant-", "anthropic", "Anthropic"),
    ("sk-or-", "openrouter", "OpenRouter"),
    ("gsk_", "groq", "Groq"),
    ("AIza", "google", "Google"),
    ("fw_", "fireworks", "Fireworks"),
    ("vck_", "vercel", "Vercel"),
    ("hf_", "hugging_face", "Hugging Face"),
)


def key_notice(type: ProviderType, typed: str) -> str:
    """What looks odd about a key, from its beginning and length alone; empty when nothing does."""
    key = typed.strip()
    if not key or not type.key_prefix:
        return ""
    for prefix, name, label in _KEYS:
        if key.startswith(prefix) and name != type.name:
            return f"This looks like a key of {label}. {type.label} keys begin with {type.key_prefix}."
    if key.startswith(type.key_prefix):
        return ""
    if len(key) == 32 and all(digit in "0123456789abcdef" for digit in key.lower()):
        return f"{type.label} keys begin with {type.key_prefix}. This one has 32 hex digits, as Azure’s have."
    return f"{type.label} keys usually begin with {type.key_prefix}. Check that this is the right one."
