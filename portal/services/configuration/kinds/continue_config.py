"""Continue's `config.yaml`: its models, and the providers that they name by kind, address and key."""

from collections.abc import Mapping
from typing import Any

from portal.dialects.provider_types.table import TYPES
from portal.services.configuration import typed
from portal.services.configuration.document import Document, Key
from portal.services.configuration.kinds.connections import Connections
from portal.services.configuration.kinds.reading import (
    BY_REFERENCE,
    Rows,
    abilities,
    cannot,
    entries,
    entry,
    fitting_options,
    headers_of,
    key_of,
    left,
    mapping,
    nested,
    read_seconds,
    reference,
    rows,
    server_address,
    shown,
    take,
    taken,
    type_at,
)

KIND = "Continue config.yaml"

PROVIDERS: Mapping[str, str] = {
    "openai": "openai",
    "azure": "azure",
    "anthropic": "anthropic",
    "gemini": "google",
    "vertexai": "vertex",
    "bedrock": "bedrock",
    "openrouter": "openrouter",
    "groq": "groq",
    "mistral": "mistral",
    "deepseek": "deepseek",
    "together": "together",
    "fireworks": "fireworks",
    "ollama": "ollama",
    "vllm": "vllm",
    "lmstudio": "lm_studio",
    "llama.cpp": "llama_cpp",
    "llamafile": "llama_cpp",
}
"""What that program calls a provider, and the type that it is here."""

FILE: Rows = rows(
    taken("name", "nothing: it names the file"),
    taken("version", "nothing: every edition is read alike"),
    taken("schema", "nothing: it names the shape of the file"),
    taken("models", "models, and a provider for each kind, address and key among them"),
    left("context rules prompts docs mcpServers data metadata env", "Its own features."),
    cannot("requestOptions", "Headers and timeouts are a provider's here. Write them beside the models."),
)

MODEL: Rows = rows(
    taken("name", "the display name", "display_name", typed.text),
    taken("provider", "the type"),
    taken("model", "the model ID and the name; `AUTODETECT` is the portal's discovery"),
    taken("apiBase", "the base URL; one that is a reference has to be written out"),
    taken("apiKey", "the key; `${{ secrets.NAME }}` stays a reference"),
    taken("roles", "one that only embeds does not chat"),
    taken("capabilities", "`tool_use` and `image_input` as the capabilities tools and vision"),
    taken("contextLength", "the context limit", "context_limit", typed.whole),
    taken("defaultCompletionOptions", "options, by the table below"),
    taken("requestOptions", "headers and timeout, by the table below"),
    taken("env", "what its kind of provider needs, by the table below"),
    left("promptTemplates chatOptions autocompleteOptions embedOptions", "How that program asks."),
    left("cacheBehavior maxStopWords useLegacyCompletionsEndpoint", "How that program asks."),
    cannot("uses with override", "A block of that program's hub is not read. Write its model out."),
    cannot("apiKeyLocation orgScopeId onPremProxyUrl", "A key that lies with that program's maker is not read."),
)

OPTIONS: Rows = rows(
    taken("contextLength", "the context limit", "context_limit", typed.whole),
    taken("maxTokens", "the option max output tokens", "options.max_output_tokens"),
    taken("temperature", "the option of that name", "options.temperature"),
    taken("topP", "the option of that name", "options.top_p"),
    taken("topK", "the option of that name", "options.top_k"),
    taken("presencePenalty", "the option of that name", "options.presence_penalty"),
    taken("frequencyPenalty", "the option of that name", "options.frequency_penalty"),
    taken("reasoningBudgetTokens", "the option thinking budget", "options.thinking_budget"),
    left("stream promptCaching reasoning", "The portal decides this itself."),
    cannot("minP stop n", "No such option here."),
)

REQUEST: Rows = rows(
    taken("timeout", "the provider's read timeout in seconds, 3,600 at most"),
    taken("headers", "headers, of a provider that may have some"),
    cannot("verifySsl caBundlePath proxy noProxy clientCertificate", "It is decided for all providers, on the server."),
    cannot("extraBodyProperties", "No such option here."),
)

ENVIRONMENT: Rows = rows(
    taken("region", "the region of Bedrock, the location of Vertex AI"),
    taken("projectId", "the project of Vertex AI"),
    taken("apiVersion", "the API version of Azure"),
    taken("deployment", "the model ID at Azure"),
    taken("accessKeyId", "a part of Bedrock's key"),
    taken("secretAccessKey", "a part of Bedrock's key"),
    taken("sessionToken", "a part of Bedrock's key"),
    left("apiType", "The portal decides this itself."),
    cannot(
        "profile keyFile keyJson", "A path or a profile of somebody's machine. Enter the key on the provider’s page."
    ),
)

TABLES: Mapping[str, Rows] = {
    "The file": FILE,
    "An entry of `models`": MODEL,
    "`defaultCompletionOptions`": OPTIONS,
    "`requestOptions` of a model": REQUEST,
    "`env` of a model": ENVIRONMENT,
}

_ANY = "AUTODETECT"
_AWS = {"accessKeyId": "access_key_id", "secretAccessKey": "secret_access_key", "sessionToken": "session_token"}


def is_one(data: Any) -> bool:
    if not isinstance(data, Mapping) or not isinstance(data.get("models"), list):
        return False
    said = [one.keys() for one in data["models"] if isinstance(one, Mapping)]
    return data.get("schema") == "v1" or any({"provider", "model"} <= one or "uses" in one for one in said)


def read(data: Mapping[str, Any]) -> Document:
    document = Document(KIND)
    take(document, "", data, FILE)
    connections = Connections(document)
    known: set[tuple[str, str]] = set()
    for place, values in entries(document, "models", data.get("models")):
        _model(document, place, values, connections, known)
    connections.finish()
    return document


def _model(
    document: Document, place: str, values: dict[str, Any], connections: Connections, known: set[tuple[str, str]]
) -> None:
    if "uses" in values:
        document.leave_out(f"{place}.uses", MODEL["uses"].says)
        return
    kind, model = str(values.get("provider") or ""), str(values.get("model") or "")
    if kind not in PROVIDERS:
        said = f"“{shown(kind)}” names no provider that is known here. Connect it by hand."
        document.fault(f"{place}.provider", said)
        return
    if not model:
        document.fault(place, "It names no model.")
        return
    address = str(values.get("apiBase") or "")
    if variable := reference(address):
        document.fault(f"{place}.apiBase", BY_REFERENCE.format("address", variable))
        return
    told = mapping(document, f"{place}.env", values.get("env"))
    take(document, f"{place}.env", told, ENVIRONMENT)
    type = type_at(address, PROVIDERS[kind]) if PROVIDERS[kind] in ("openai", "google") else PROVIDERS[kind]
    fields = _provider(document, place, type, address, values, told)
    provider = connections.connect(place, fields, _key(values, type, told))
    if model == _ANY:
        document.leave_out(f"{place}.model", "It stands for many models. Discover them on the provider’s page.")
        return
    roles = values.get("roles") if isinstance(values.get("roles"), list) else None
    if roles == ["rerank"]:
        document.leave_out(place, "Models that only rank have no counterpart here.")
        return
    name = str(told.get("deployment") or model) if type == "azure" else model
    if (provider, name) in known:
        document.leave_out(place, f"{provider} has the model “{shown(name)}” from this file already.")
        return
    known.add((provider, name))
    more = take(document, place, {field: value for field, value in values.items() if field != "uses"}, MODEL)
    options = mapping(document, f"{place}.defaultCompletionOptions", values.get("defaultCompletionOptions"))
    more = nested(more | take(document, f"{place}.defaultCompletionOptions", options, OPTIONS))
    more["options"] = fitting_options(document, f"{place}.defaultCompletionOptions", type, more.get("options", {}))
    can = values.get("capabilities")
    if isinstance(can, list) and can:
        more["capabilities"] = abilities({"tools": "tool_use" in can, "vision": "image_input" in can})
    if roles and set(roles) <= {"embed", "rerank"}:
        more["chats"] = False
    document.models.append(entry(place, model, {"provider": provider, "name": model, "model_id": name, **more}))


def _provider(
    document: Document, place: str, type: str, address: str, values: dict[str, Any], told: dict[str, Any]
) -> dict[str, Any]:
    settings = {
        "azure": {"api_version": told.get("apiVersion")},
        "bedrock": {"region": told.get("region")},
        "vertex": {"project": told.get("projectId"), "location": told.get("region")},
    }.get(type, {})
    fields: dict[str, Any] = {"type": type, "base_url": server_address(type, address)}
    fields["settings"] = {name: str(value) for name, value in settings.items() if value not in (None, "")}
    request = mapping(document, f"{place}.requestOptions", values.get("requestOptions"))
    take(document, f"{place}.requestOptions", request, REQUEST)
    where = f"{place}.requestOptions.headers"
    if headers := headers_of(document, where, request.get("headers")):
        if TYPES[type].extra_headers:
            fields["headers"] = headers
        else:
            document.leave_out(where, f"{TYPES[type].label} takes no further headers here.")
    seconds = read_seconds(document, f"{place}.requestOptions.timeout", request.get("timeout"))
    return fields | ({"read_timeout": seconds} if seconds else {})


def _key(values: dict[str, Any], type: str, told: dict[str, Any]) -> Key | None:
    if type == "bedrock" and not values.get("apiKey"):
        return key_of({part: told.get(name) for name, part in _AWS.items()}, "aws")
    return key_of({"key": values.get("apiKey")})
