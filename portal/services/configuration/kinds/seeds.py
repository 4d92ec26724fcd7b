"""The `PROVIDERS` and `MODELS` documents of an AI service that is configured by its environment, keys included."""

from collections.abc import Mapping
from typing import Any

from portal.services.configuration import typed
from portal.services.configuration.document import Document, Key
from portal.services.configuration.kinds.reading import (
    Rows,
    abilities,
    cannot,
    entry,
    headers_of,
    key_of,
    left,
    mapping,
    named,
    nested,
    rows,
    shown,
    take,
    taken,
)

KIND = "PROVIDERS and MODELS"

TYPES: Mapping[str, str] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "azure": "azure",
    "bedrock": "bedrock",
    "vertex": "vertex",
    "openai-compatible": "openai_compatible",
    "openai_compatible": "openai_compatible",
}

PROVIDER: Rows = rows(
    taken("type", "the type; `openai-compatible` is `openai_compatible`"),
    taken("apiKeys", "shared keys in their order, encrypted; a reference to a variable stays one"),
    taken("baseUrl", "the base URL", "base_url", typed.text),
    taken("resourceName", "the resource name", "settings.resource", typed.text),
    taken("apiVersion", "the API version", "settings.api_version", typed.text),
    taken("region", "the region", "settings.region", typed.text),
    taken("project", "the project", "settings.project", typed.text),
    taken("location", "the location", "settings.location", typed.text),
    taken("credentials", "one shared key of several parts, encrypted; `\\n` in a private key is a line break"),
    taken("headers", "headers of the provider; one that looks like a key is kept as a secret one"),
)

MODEL: Rows = rows(
    taken("id", "the model ID and the name", "model_id", typed.text),
    taken("provider", "the provider"),
    taken("name", "the display name", "display_name", typed.text),
    taken("description", "the description", "description", typed.text),
    taken("recommended", "recommended", "recommended", typed.switch),
    taken("features", "features", "features", typed.words),
    taken("capabilities", "`reasoning` and `webSearch` as capabilities"),
    taken("contextLimits", "limits, by the table below"),
    left("enabled", "A model of such a file is always on."),
    cannot("allowed", "Who may use a model is a matter of roles here."),
)

LIMITS: Rows = rows(
    taken("maxContextLength", "characters of one message", "max_context_length", typed.whole),
    taken("maxFiles", "files of one message", "max_files", typed.whole),
    taken("maxFileSize", "bytes of one file", "max_file_size", typed.whole),
    taken("maxTotalFileSize", "bytes of all files", "max_total_file_size", typed.whole),
    taken("maxTotalPdfFilePages", "pages of PDF files", "max_pdf_pages", typed.whole),
)

TABLES: Mapping[str, Rows] = {
    "An entry of `PROVIDERS`": PROVIDER,
    "An entry of `MODELS`": MODEL,
    "`contextLimits`": LIMITS,
}

_PARTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "bedrock": (
        "aws",
        {
            "accessKeyId": "access_key_id",
            "secretAccessKey": "secret_access_key",
            "sessionToken": "session_token",
        },
    ),
    "vertex": ("service_account", {"clientEmail": "client_email", "privateKey": "private_key"}),
}


def is_one(data: Any) -> bool:
    """The two documents under their names, or either of them alone."""
    if isinstance(data, Mapping):
        if data.keys() & {"PROVIDERS", "MODELS"}:
            return True
        return bool(data) and all(isinstance(one, Mapping) and one.get("type") in TYPES for one in data.values())
    return isinstance(data, list) and bool(data) and all(isinstance(one, Mapping) and "id" in one for one in data)


def read(data: Any) -> Document:
    document = Document(KIND)
    whole = isinstance(data, Mapping) and bool(data.keys() & {"PROVIDERS", "MODELS"})
    providers = data.get("PROVIDERS") if whole else data if isinstance(data, Mapping) else None
    models = data.get("MODELS") if whole else data if isinstance(data, list) else None
    names: dict[str, str] = {}
    used: set[str] = set()
    for id, values in mapping(document, "PROVIDERS", providers).items():
        place = f"PROVIDERS.{shown(id)}"
        type = TYPES.get(str(values.get("type"))) if isinstance(values, Mapping) else None
        if type is None:
            document.fault(place, f"It has no type that is known. There are {', '.join(TYPES)}.")
            continue
        names[id] = named(document, place, id, used)
        fields = nested(take(document, place, values, PROVIDER)) | {"type": type, "label": id}
        if given := headers_of(document, f"{place}.headers", values.get("headers")):
            fields["headers"] = given
        document.providers.append(entry(place, names[id], fields, *_keys(document, place, type, values)))
    for number, values in enumerate(models if isinstance(models, list) else [], 1):
        _model(document, f"MODELS[{number}]", values, names, whole or providers is not None)
    return document


def _keys(document: Document, place: str, type: str, values: Mapping[str, Any]) -> list[Key | None]:
    given = values.get("apiKeys")
    texts = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    keys = [key_of({"key": text}) for text in texts]
    parts = mapping(document, f"{place}.credentials", values.get("credentials"))
    if parts and type in _PARTS:
        kind, fields = _PARTS[type]
        for name in parts.keys() - fields.keys():
            document.leave_out(f"{place}.credentials.{shown(name)}", "No key has such a part here.")
        told = {fields[name]: str(part).replace("\\n", "\n") for name, part in parts.items() if name in fields}
        keys.append(key_of(told, kind))
    elif parts:
        document.leave_out(f"{place}.credentials", "Only Bedrock and Vertex AI have credentials of several parts.")
    return keys


def _model(document: Document, place: str, values: Any, names: Mapping[str, str], known: bool) -> None:
    if not isinstance(values, Mapping):
        document.fault(place, "This has to be names with values.")
        return
    provider = str(values.get("provider", ""))
    if provider not in names and known:
        document.fault(place, f"No entry of PROVIDERS is called “{shown(provider)}”. Capitals count.")
        return
    fields = take(document, place, values, MODEL) | {"provider": names.get(provider, provider)}
    can = mapping(document, f"{place}.capabilities", values.get("capabilities"))
    told = abilities({"reasoning": can.get("reasoning"), "web_search": can.get("webSearch")})
    if told is not None:
        fields["capabilities"] = told
    limits = mapping(document, f"{place}.contextLimits", values.get("contextLimits"))
    if limits:
        fields["limits"] = take(document, f"{place}.contextLimits", limits, LIMITS)
    document.models.append(entry(place, str(values.get("id", "")), fields))
