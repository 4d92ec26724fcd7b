"""opencode's `opencode.json`: its providers and their models."""

from collections.abc import Mapping
from typing import Any

from portal.dialects.provider_types.table import TYPES
from portal.services.configuration import typed
from portal.services.configuration.document import Document
from portal.services.configuration.kinds.reading import (
    BY_REFERENCE,
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
    price,
    reference,
    rows,
    shown,
    take,
    taken,
    type_at,
)

KIND = "opencode.json"

PACKAGES: Mapping[str, str] = {
    "@ai-sdk/openai-compatible": "openai_compatible",
    "@ai-sdk/openai": "openai",
    "@ai-sdk/anthropic": "anthropic",
    "@ai-sdk/google": "google",
    "@ai-sdk/google-vertex": "vertex",
    "@ai-sdk/azure": "azure",
    "@ai-sdk/amazon-bedrock": "bedrock",
    "@ai-sdk/groq": "groq",
    "@ai-sdk/mistral": "mistral",
    "@ai-sdk/deepseek": "deepseek",
    "@ai-sdk/togetherai": "together",
    "@ai-sdk/fireworks": "fireworks",
    "@ai-sdk/gateway": "vercel",
    "@openrouter/ai-sdk-provider": "openrouter",
}

FILE: Rows = rows(
    taken("provider", "providers and models, by the tables below"),
    taken("model", "the default, where the file defines its provider"),
    taken("small_model", "the model pinned to titles, where the file defines its provider"),
    left("$schema theme keybinds autoupdate share tui username layout", "How that program looks."),
    left("agent mode command tools permission mcp plugin formatter lsp instructions experimental", "Its own features."),
    left("disabled_providers enabled_providers snapshot watcher compaction server logLevel", "Its own features."),
)

PROVIDER: Rows = rows(
    taken("npm", "the type"),
    taken("name", "the label"),
    taken("options", "address, key and headers, by the table below"),
    taken("models", "models"),
    left("env api whitelist blacklist id", "Only that program needs it."),
)

OPTIONS: Rows = rows(
    taken("baseURL", "the base URL; one that is a reference has to be written out"),
    taken("apiKey", "the key; `{env:NAME}` stays a reference"),
    taken("headers", "headers, of a provider that may have some"),
    taken("resourceName", "the resource name of Azure", "settings.resource", typed.text),
    taken("apiVersion", "the API version of Azure", "settings.api_version", typed.text),
    taken("region", "the region of Bedrock", "settings.region", typed.text),
    taken("project", "the project of Vertex AI", "settings.project", typed.text),
    taken("location", "the location of Vertex AI", "settings.location", typed.text),
    taken("timeout", "the read timeout; milliseconds there"),
    left("setCacheKey useCompletionUrls includeUsage chunkTimeout", "The portal decides this itself."),
    cannot("profile endpoint enterpriseUrl queryParams fetch", "A key and an address are all that is needed here."),
)

MODEL: Rows = rows(
    taken("id", "the model ID, where it is another than the name"),
    taken("name", "the display name", "display_name", typed.text),
    taken("limit", "`context` and `output` as limits"),
    taken("cost", "prices"),
    taken("reasoning", "the capability reasoning"),
    taken("tool_call", "the capability tools"),
    taken("attachment", "the capability vision"),
    left(
        "temperature options variants headers release_date last_updated knowledge status",
        "That program sends it itself.",
    ),
    left("modalities interleaved experimental open_weights provider family", "What is publicly known fills this in."),
)

LIMIT: Rows = rows(
    taken("context", "the context limit", "context_limit", typed.whole),
    taken("output", "the output limit", "output_limit", typed.whole),
    left("input", "It follows from the context limit."),
)

COST: Rows = rows(
    taken("input", "the price of input", "prices.input", price),
    taken("output", "the price of output", "prices.output", price),
    taken("cache_read", "the price of reading a cache", "prices.cache_read", price),
    taken("cache_write", "the price of writing one", "prices.cache_write", price),
    cannot("context_over_200k tiers", "A model has one price here, whatever the length."),
)

TABLES: Mapping[str, Rows] = {
    "The file": FILE,
    "An entry of `provider`": PROVIDER,
    "`options` of a provider": OPTIONS,
    "An entry of `models`": MODEL,
    "`limit`": LIMIT,
    "`cost`": COST,
}


def is_one(data: Any) -> bool:
    if not isinstance(data, Mapping):
        return False
    return isinstance(data.get("provider"), Mapping) or "opencode.ai" in str(data.get("$schema", ""))


def read(data: Mapping[str, Any]) -> Document:
    document = Document(KIND)
    take(document, "", data, FILE)
    names: dict[str, str] = {}
    used: set[str] = set()
    for id, values in mapping(document, "provider", data.get("provider")).items():
        _provider(document, id, mapping(document, f"provider.{shown(id)}", values), names, used)
    for field in ("model", "small_model"):
        provider, _, model = str(data.get(field) or "").partition("/")
        if not provider:
            continue
        known = names.get(provider)
        if known is None or not any(one.values["provider"] == known and one.name == model for one in document.models):
            document.leave_out(field, f"This file does not define the model “{shown(data[field])}”.")
        elif field == "model":
            document.default = entry(field, "", {"model": f"{known}:{model}"})
        else:
            document.overrides.append(entry(field, "title_generation", {"model": f"{known}:{model}"}))
    return document


def _provider(document: Document, id: str, values: dict[str, Any], names: dict[str, str], used: set[str]) -> None:
    place = f"provider.{shown(id)}"
    options = mapping(document, f"{place}.options", values.get("options"))
    address = options.get("baseURL") or ""
    if variable := reference(address):
        document.fault(f"{place}.options.baseURL", BY_REFERENCE.format("address", variable))
        return
    wish = PACKAGES.get(str(values.get("npm"))) or (id if id in TYPES else "")
    type = (
        wish
        if wish and wish not in ("openai", "openai_compatible")
        else type_at(str(address), wish or "openai_compatible")
    )
    if not wish and not address:
        document.fault(place, "It says neither what kind of provider it is (npm) nor where (options.baseURL).")
        return
    take(document, place, values, PROVIDER)
    fields = nested(take(document, f"{place}.options", options, OPTIONS))
    fields |= {"type": type, "label": str(values.get("name") or id), "base_url": str(address)}
    if isinstance(options.get("timeout"), int) and not isinstance(options["timeout"], bool):
        fields["read_timeout"] = str(min(max(options["timeout"] / 1000, 1), 3600))
    if headers := headers_of(document, f"{place}.options.headers", options.get("headers")):
        if TYPES[type].extra_headers:
            fields["headers"] = headers
        else:
            document.leave_out(f"{place}.options.headers", f"{TYPES[type].label} takes no further headers here.")
    name = names[id] = named(document, place, id, used)
    document.providers.append(entry(place, name, fields, key_of({"key": options.get("apiKey")})))
    for model, said in mapping(document, f"{place}.models", values.get("models")).items():
        at = f"{place}.models.{shown(model)}"
        told = mapping(document, at, said)
        more = take(document, at, told, MODEL)
        more |= take(document, f"{at}.limit", mapping(document, f"{at}.limit", told.get("limit")), LIMIT)
        more |= take(document, f"{at}.cost", mapping(document, f"{at}.cost", told.get("cost")), COST)
        able = abilities(
            {"reasoning": told.get("reasoning"), "tools": told.get("tool_call"), "vision": told.get("attachment")}
        )
        if able is not None:
            more["capabilities"] = able
        asked = {"provider": name, "name": model, "model_id": told.get("id") or model}
        document.models.append(entry(at, model, nested(more) | asked))
