"""What to do about a fault: one hint for each category, and a better one where the provider type allows it."""

from portal.dialects.provider_types.shape import ProviderType
from portal.domain.faults import TRY_AGAIN, Category

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
    Category.SERVER: TRY_AGAIN,
    Category.REJECTED: "The model’s name, an option or the provider type may be wrong. Its own words say more.",
    Category.MODEL_NOT_FOUND: "Check the model’s name letter by letter, or discover the models that this key reaches.",
    Category.CONTENT: "Address and key work. Put the question differently.",
    Category.CONTEXT_LENGTH: "Shorten the message, start a new chat, or correct the model’s context limit.",
    Category.TIMEOUT: "It may be slow, overloaded or still loading. Try again, or give the provider a longer timeout.",
    Category.DNS: "Check the host’s spelling. A private name must be known where the portal runs.",
    Category.CONNECT: "Check host and port, that the server runs there, and that it lets the portal’s machine in.",
    Category.TLS: "Renew its certificate, or give the portal the authority that signed it (PORTAL_CA_BUNDLE).",
    Category.EGRESS: "An administrator of the server decides which addresses are allowed (PORTAL_PRIVATE_NETWORKS).",
}

ASKS_FOR_KEY = "This server asks for a key. Enter the one that it was started with, or that of the proxy before it."
_SLOW = "A large model takes long to load the first time. Try again, or allow it more time."
_OUTWARD = "Check that the portal’s machine may reach the internet, or set PORTAL_EGRESS_PROXY."
_RIGHT_TYPE = "Check the address. It should be the server’s API root, which ends in /v1."

BY_TYPE: dict[tuple[Category, str], str] = {
    (Category.AUTH, "google"): "Paste the key again, or make a new one in Google AI Studio.",
    (Category.AUTH, "vertex"): "Enter the service account again, or make a new key for it in the Google Cloud console. "
    "An API key must be bound to a service account.",
    (Category.PERMISSION, "google"): "The key is good but restricted, or its project may not use this API.",
    (Category.PERMISSION, "vertex"): "Check the project id, and give the service account the role Vertex AI User "
    "(roles/aiplatform.user).",
    (Category.ENDPOINT, "google"): "The base URL ends in /v1beta, as https://generativelanguage.googleapis.com/v1beta "
    "does.",
    (Category.ENDPOINT, "vertex"): "Check project and location. Leave the base URL blank unless your network has its "
    "own.",
    (Category.BILLING, "google"): "Look at Billing in Google AI Studio: set it up or add credit, then test again.",
    (Category.BILLING, "vertex"): "Turn billing on for this project in the Google Cloud console, then test again.",
    (Category.RATE_LIMIT, "vertex"): "The location is busy or its quota is used up. Wait a moment; global has the most "
    "room.",
    (Category.MODEL_NOT_FOUND, "google"): "Check the name, or discover the models that this key reaches. Old models "
    "are retired.",
    (Category.MODEL_NOT_FOUND, "vertex"): "Check the name and the location: not every model is served everywhere, and "
    "global serves most. Claude must first be enabled in Model Garden.",
    (Category.DNS, "vertex"): "The location may be misspelt: europe-west4 and us-central1 are right.",
    (Category.CONNECT, "google"): _OUTWARD,
    (Category.CONNECT, "vertex"): _OUTWARD,
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
    (Category.AUTH, "openai_compatible"): "Paste the key again. If the server wants it in a header of "
    "another name, such as api-key, add that under headers.",
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
    (Category.AUTH, "azure"): "Paste the key again, and check that it is this resource’s: a key of another resource or "
    "region is refused too.",
    (Category.AUTH, "bedrock"): "Enter access key ID and secret again, or the Bedrock API key: one may be mistyped, "
    "inactive or deleted.",
    (Category.PERMISSION, "azure"): "The resource lets only chosen networks in, or is blocked. Look at Networking in "
    "the Azure portal.",
    (Category.PERMISSION, "bedrock"): "Check the IAM policy (bedrock:InvokeModel), the access to this model, and the "
    "region.",
    (
        Category.ENDPOINT,
        "azure",
    ): "The resource answers, but not there. Check the API version: blank for the /openai/v1 "
    "surface, a date such as 2024-10-21 for the classic one.",
    (Category.ENDPOINT, "bedrock"): "Leave the base URL blank, so that it follows from the region, unless your network "
    "has its own.",
    (Category.ENDPOINT, "openrouter"): "The base URL is https://openrouter.ai/api/v1.",
    (Category.ENDPOINT, "groq"): "The base URL is https://api.groq.com/openai/v1.",
    (Category.ENDPOINT, "fireworks"): "The base URL is https://api.fireworks.ai/inference/v1.",
    (
        Category.MODEL_NOT_FOUND,
        "azure",
    ): "Here a model’s name is that of your deployment. It stands in the Azure portal, "
    "under Deployments; a new one takes about five minutes.",
    (Category.MODEL_NOT_FOUND, "bedrock"): "Check the id and the region: each region has its own models. Many are "
    "reached by an inference profile only, as us. or eu. before the name.",
    (Category.MODEL_NOT_FOUND, "openrouter"): "Names here have their vendor before them, as in openai/gpt-5.4-mini.",
    (Category.MODEL_NOT_FOUND, "vercel"): "Names here have their vendor before them, as in openai/gpt-5.4-mini.",
    (Category.MODEL_NOT_FOUND, "fireworks"): "Names here are long, as in accounts/fireworks/models/gpt-oss-120b.",
    (Category.MODEL_NOT_FOUND, "together"): "Names here have their vendor before them. Some models want an endpoint of "
    "your own first.",
    (
        Category.CONTENT,
        "azure",
    ): "Address and key work. Put the question differently, or change the deployment’s content filter.",
    (Category.BILLING, "bedrock"): "AWS wants a valid means of payment for this model. Look at Billing in the console.",
    (Category.BILLING, "openrouter"): "Add credits at openrouter.ai/settings/credits, or raise the key’s own limit.",
    (Category.BILLING, "vercel"): "Top up the gateway’s credits in the Vercel dashboard, under AI Gateway.",
    (Category.BILLING, "deepseek"): "Top up the balance on platform.deepseek.com, then test again.",
    (Category.BILLING, "together"): "Raise the spending limit or add credit at api.together.ai, under Billing.",
    (Category.BILLING, "fireworks"): "The account is suspended or over its limit. Look at Billing on app.fireworks.ai.",
    (Category.RATE_LIMIT, "azure"): "The deployment’s tokens per minute are used up. Wait, or raise its quota.",
    (Category.RATE_LIMIT, "bedrock"): "The account’s quota for this model is used up. Wait, or use a global. profile.",
    (Category.SERVER, "openrouter"): "The vendor behind OpenRouter is in trouble. Try again, or choose another model.",
    (Category.SERVER, "vercel"): "The vendor behind the gateway is in trouble. Try again, or choose another model.",
    (Category.DNS, "azure"): "No such resource: check its name letter by letter, as the Azure portal shows it.",
    (Category.DNS, "bedrock"): "The region may be misspelt, or have no Bedrock. us-east-1 and eu-central-1 have it.",
    (Category.CONNECT, "azure"): _OUTWARD,
    (Category.CONNECT, "bedrock"): _OUTWARD,
    (Category.CONNECT, "openrouter"): _OUTWARD,
    (Category.CONNECT, "vercel"): _OUTWARD,
    (Category.CONNECT, "groq"): _OUTWARD,
    (Category.CONNECT, "mistral"): _OUTWARD,
    (Category.CONNECT, "deepseek"): _OUTWARD,
    (Category.CONNECT, "together"): _OUTWARD,
    (Category.CONNECT, "fireworks"): _OUTWARD,
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
    ("AKIA", "bedrock", "AWS"),
    ("ABSK", "bedrock", "Amazon Bedrock"),
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
