"""Which APIs the types of providers offer, and where: what stands in the field `apis` of their rows."""

from portal.dialects.provider_types.shape import API_KEY, Api, ApiName

VERSION = (("anthropic-version", "2023-06-01"),)
"""The version of Anthropic's API that is meant where nobody names one."""

CHAT = Api("chat_completions", "/chat/completions")
RESPONSES = Api("responses", "/responses")
MESSAGES = Api("messages", "/messages", headers=VERSION)
COUNTING = Api("count_tokens", "/messages/count_tokens", headers=VERSION)
EMBEDDINGS = Api("embeddings", "/embeddings")

PERHAPS_RESPONSES = Api("responses", "/responses", assumed=True)
PERHAPS_MESSAGES = Api("messages", "/messages", headers=VERSION, assumed=True)
PERHAPS_COUNTING = Api("count_tokens", "/messages/count_tokens", headers=VERSION, assumed=True)
PERHAPS_EMBEDDINGS = Api("embeddings", "/embeddings", assumed=True)

OPENAI = (CHAT, RESPONSES, EMBEDDINGS)
ANTHROPIC = (MESSAGES, COUNTING)
OPENROUTER = VERCEL = (CHAT, RESPONSES, MESSAGES, PERHAPS_EMBEDDINGS)
SERVER = (CHAT, RESPONSES, MESSAGES, EMBEDDINGS)
VLLM = (*SERVER, COUNTING)
LLAMA_CPP = (CHAT, PERHAPS_RESPONSES, MESSAGES, PERHAPS_COUNTING, EMBEDDINGS)
VENDOR = (CHAT, PERHAPS_RESPONSES, PERHAPS_MESSAGES, PERHAPS_EMBEDDINGS)
"""Vendors of whose chat completions one is sure, and of no more."""

ANY = (CHAT, PERHAPS_RESPONSES, PERHAPS_MESSAGES, PERHAPS_COUNTING, PERHAPS_EMBEDDINGS)
DEMO = (CHAT,)

_FOUNDRY = (
    r"^https://([a-z0-9-]+)\.(?:openai|cognitiveservices|services\.ai)\.azure\.com(?:/.*)?$",
    r"https://\1.services.ai.azure.com/anthropic/v1",
)
"""The address of a resource's Claude, beside that of its other models."""

_FOUNDRY_KEYS = ("x-api-key", "api-key")
_CLAUDE = r"(?i).*claude.*"
_DATED, _NAMED, _PLAIN = ("api_version", r"\d.*"), ("api_version", "preview|latest"), ("api_version", "|v1")
_SINCE_2025 = ("api_version", r"2025-(0[3-9]|1\d)-.*|202[6-9]-.*")
"""Versions of the classic surface that know responses."""

AZURE = (
    Api("chat_completions", "/openai/v1/chat/completions", setting=_PLAIN),
    Api("chat_completions", "/openai/v1/chat/completions?api-version={}", setting=_NAMED),
    Api("chat_completions", "/openai/deployments/{model}/chat/completions?api-version={}", setting=_DATED),
    Api("responses", "/openai/v1/responses", setting=_PLAIN),
    Api("responses", "/openai/v1/responses?api-version={}", setting=_NAMED),
    Api("responses", "/openai/responses?api-version={}", setting=_SINCE_2025),
    Api("embeddings", "/openai/v1/embeddings", setting=_PLAIN),
    Api("embeddings", "/openai/v1/embeddings?api-version={}", setting=_NAMED),
    Api("embeddings", "/openai/deployments/{model}/embeddings?api-version={}", setting=_DATED),
    Api("messages", "/messages", _FOUNDRY, models=_CLAUDE, key_headers=_FOUNDRY_KEYS, headers=VERSION),
    Api(
        "count_tokens",
        "/messages/count_tokens",
        _FOUNDRY,
        models=_CLAUDE,
        key_headers=_FOUNDRY_KEYS,
        headers=VERSION,
        assumed=True,
    ),
)

GOOGLE = (
    Api("chat_completions", "/openai/chat/completions", key_headers=("Authorization",)),
    Api("embeddings", "/openai/embeddings", key_headers=("Authorization",)),
)

_RUNTIME = (r"^(https://bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com)/?$", r"\1/openai/v1")
_MANTLE = (
    r"^https://bedrock-runtime\.([a-z0-9-]+)\.amazonaws\.com/?$",
    r"https://bedrock-mantle.\1.api.aws/anthropic/v1",
)
_NOT_CLAUDE = r"(?i)(?!.*claude).*"

_KINDS = (API_KEY.name, "aws")


def _at_runtime(name: ApiName, path: str) -> Api:
    return Api(name, path, _RUNTIME, models=_NOT_CLAUDE, key_kinds=_KINDS, service="bedrock", assumed=True)


def _at_mantle(name: ApiName, path: str) -> Api:
    return Api(
        name,
        path,
        _MANTLE,
        models=_CLAUDE,
        key_headers=("x-api-key",),
        headers=VERSION,
        key_kinds=_KINDS,
        service="bedrock-mantle",
        assumed=True,
    )


BEDROCK = (
    _at_runtime("chat_completions", "/chat/completions"),
    _at_runtime("responses", "/responses"),
    _at_mantle("messages", "/messages"),
    _at_mantle("count_tokens", "/messages/count_tokens"),
)
"""Which models are served under which prefix differs: "isn't supported on this route". An access key signs for the
service that the host is of, and needs that service's permissions; without them a request goes by Converse."""

DEEPSEEK = (
    CHAT,
    Api(
        "messages",
        "/messages",
        (r"^(.*?)(?:/v1)?/?$", r"\1/anthropic/v1"),
        models=r"(?i).*deepseek.*",
        key_headers=("x-api-key",),
        headers=VERSION,
    ),
)
"""It maps the names of others' models to its own without a word, so only its own are sent there."""
