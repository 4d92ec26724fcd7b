"""LibreChat's `librechat.yaml`: its custom endpoints and Azure groups become providers and models."""

from collections.abc import Mapping
from typing import Any

from portal.dialects.provider_types.table import TYPES
from portal.services.configuration import typed
from portal.services.configuration.document import Document
from portal.services.configuration.kinds.reading import (
    BY_REFERENCE,
    Rows,
    cannot,
    entries,
    entry,
    fitting_options,
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

KIND = "LibreChat librechat.yaml"

_BUILT_IN = "This endpoint takes its key from that program's environment. Connect such a provider by hand."

FILE: Rows = rows(
    taken("version", "nothing: every edition is read alike"),
    taken("endpoints", "providers and models, by the tables below"),
    taken("modelSpecs", "the default, where one of its list is marked so"),
    left(
        "cache interface registration fileStrategy fileConfig rateLimits", "How that program looks and whom it lets in."
    ),
    left(
        "actions mcpServers mcpSettings memory ocr speech turnstile balance transactions webSearch", "Its own features."
    ),
    left("secureImageLinks imageOutputType includedTools filteredTools summarization", "Its own features."),
)

ENDPOINTS: Rows = rows(
    taken("custom", "providers and models"),
    taken("azureOpenAI", "a provider for each group"),
    cannot("openAI anthropic google bedrock gptPlugins assistants azureAssistants", _BUILT_IN),
    left("agents all", "Agents are that program's own."),
)

CUSTOM: Rows = rows(
    taken("name", "the label; the name is made of it"),
    taken("apiKey", "the key; `${NAME}` stays a reference, and `user_provided` is a key of each person's own"),
    taken("baseURL", "the base URL; one that is a reference has to be written out"),
    taken("models", "`default` as models; `fetch` is the portal's discovery"),
    taken("titleModel", "the model pinned to titles, the first of the file"),
    taken("headers", "headers; those with a reference or somebody's name in them are named"),
    taken("addParams", "options, where there are such"),
    taken("tokenConfig", "context limits and prices"),
    taken("provider", "the type, where it is `anthropic`"),
    left(
        "dropParams customParams directEndpoint forcePrompt titlePrompt titleMessageRole",
        "The portal fits requests itself.",
    ),
    left(
        "titleConvo titleMethod titleTiming titlePromptTemplate titleEndpoint summarize summaryModel",
        "Titles are made.",
    ),
    left("modelDisplayLabel iconURL userIdQuery streamRate addedEndpoints plugins", "How that program shows it."),
    cannot("disableStreaming", "A model whose answers do not stream loses that capability on its own page."),
)

AZURE: Rows = rows(
    taken("group", "the label; the name is made of it"),
    taken("apiKey", "the key; `${NAME}` stays a reference"),
    taken("instanceName", "the resource name", "settings.resource", typed.text),
    taken("version", "the API version", "settings.api_version", typed.text),
    taken("models", "models; `deploymentName` is the model ID"),
    taken("baseURL", "the base URL, where it is written out"),
    left("deploymentName addParams dropParams forcePrompt", "Each model names its deployment."),
    cannot("additionalHeaders serverless", "Such a provider takes no further headers here."),
)

TOKENS: Rows = rows(
    taken("context", "the context limit", "context_limit", typed.whole),
    taken("prompt", "the price of input", "prices.input", price),
    taken("completion", "the price of output", "prices.output", price),
    taken("cacheRead", "the price of reading a cache", "prices.cache_read", price),
    taken("cacheWrite", "the price of writing one", "prices.cache_write", price),
)

PARAMS: Rows = rows(
    taken("temperature", "the option of that name", "temperature"),
    taken("top_p", "the option of that name", "top_p"),
    taken("presence_penalty", "the option of that name", "presence_penalty"),
    taken("frequency_penalty", "the option of that name", "frequency_penalty"),
    taken("max_tokens", "the option max output tokens", "max_output_tokens"),
    taken("reasoning_effort", "the option of that name", "reasoning_effort"),
)

TABLES: Mapping[str, Rows] = {
    "The file": FILE,
    "`endpoints`": ENDPOINTS,
    "An entry of `endpoints.custom`": CUSTOM,
    "A group of `endpoints.azureOpenAI`": AZURE,
    "`tokenConfig`, for one model": TOKENS,
    "`addParams`": PARAMS,
}

_CURRENT = "current_model"
_OWN_KEY = ("user_provided", "user-provided")


def is_one(data: Any) -> bool:
    return isinstance(data, Mapping) and isinstance(data.get("endpoints"), Mapping)


def read(data: Mapping[str, Any]) -> Document:
    document = Document(KIND)
    take(document, "", data, FILE)
    endpoints = mapping(document, "endpoints", data.get("endpoints"))
    take(document, "endpoints", endpoints, ENDPOINTS)
    names: set[str] = set()
    by_label: dict[str, str] = {}
    for place, values in entries(document, "endpoints.custom", endpoints.get("custom")):
        _custom(document, place, values, names, by_label)
    azure = mapping(document, "endpoints.azureOpenAI", endpoints.get("azureOpenAI"))
    for place, values in entries(document, "endpoints.azureOpenAI.groups", azure.get("groups")):
        _azure(document, place, values, names)
    for name in azure.keys() - {"groups"}:
        document.leave_out(f"endpoints.azureOpenAI.{shown(name)}", "There is nothing here that this could become.")
    _specs(document, mapping(document, "modelSpecs", data.get("modelSpecs")), by_label)
    return document


def _custom(document: Document, place: str, values: dict[str, Any], names: set[str], by_label: dict[str, str]) -> None:
    label = str(values.get("name") or "")
    address = values.get("baseURL") or ""
    if not label or not address:
        document.fault(place, "It needs a name and a baseURL.")
        return
    if variable := reference(address):
        document.fault(f"{place}.baseURL", BY_REFERENCE.format("address", variable))
        return
    take(document, place, values, CUSTOM)
    type = "anthropic" if values.get("provider") == "anthropic" else type_at(str(address), "openai_compatible")
    name = by_label[label] = named(document, place, label, names)
    key = None if values.get("apiKey") in _OWN_KEY else key_of({"key": values.get("apiKey")})
    if values.get("apiKey") in _OWN_KEY:
        document.leave_out(f"{place}.apiKey", "Each person enters a key of their own, under API keys.")
    fields: dict[str, Any] = {"type": type, "label": label, "base_url": str(address)}
    if headers := headers_of(document, f"{place}.headers", values.get("headers")):
        if TYPES[type].extra_headers:
            fields["headers"] = headers
        else:
            document.leave_out(f"{place}.headers", f"{TYPES[type].label} takes no further headers here.")
    document.providers.append(entry(place, name, fields, key))
    added = mapping(document, f"{place}.addParams", values.get("addParams"))
    options = take(document, f"{place}.addParams", added, PARAMS)
    options = fitting_options(document, f"{place}.addParams", type, options)
    costs = mapping(document, f"{place}.tokenConfig", values.get("tokenConfig"))
    models = mapping(document, f"{place}.models", values.get("models"))
    if models.get("fetch"):
        document.leave_out(f"{place}.models.fetch", "Discover models on the provider’s page.")
    ids = models.get("default") or []
    for number, one in enumerate(ids if isinstance(ids, list) else [ids], 1):
        id = one.get("name") if isinstance(one, Mapping) else one
        told = mapping(document, f"{place}.tokenConfig", costs.get(str(id)))
        more = nested(take(document, f"{place}.tokenConfig.{shown(id)}", told, TOKENS))
        if options:
            more["options"] = dict(options)
        described = one.get("description") if isinstance(one, Mapping) else None
        more |= {"description": described} if described else {}
        at = f"{place}.models.default[{number}]"
        document.models.append(entry(at, str(id), {"provider": name, "model_id": id, **more}))
    _title(document, place, name, values.get("titleModel"), [str(id) for id in ids if not isinstance(id, Mapping)])


def _title(document: Document, place: str, provider: str, model: Any, ids: list[str]) -> None:
    if not model or model == _CURRENT:
        return
    if document.overrides or str(model) not in ids:
        document.leave_out(f"{place}.titleModel", "One model makes all titles here: the first that the file names.")
        return
    values = {"model": f"{provider}:{model}"}
    document.overrides.append(entry(f"{place}.titleModel", "title_generation", values))


def _azure(document: Document, place: str, values: dict[str, Any], names: set[str]) -> None:
    label = str(values.get("group") or "azure")
    for field in ("instanceName", "baseURL", "version"):
        if variable := reference(values.get(field)):
            document.fault(f"{place}.{field}", BY_REFERENCE.format(field, variable))
            return
    name = named(document, place, label, names)
    fields = nested(take(document, place, values, AZURE)) | {"type": "azure", "label": label}
    if values.get("baseURL"):
        fields["base_url"] = str(values["baseURL"])
    document.providers.append(entry(place, name, fields, key_of({"key": values.get("apiKey")})))
    for model, said in mapping(document, f"{place}.models", values.get("models")).items():
        deployment = said.get("deploymentName", model) if isinstance(said, Mapping) else model
        at = f"{place}.models.{shown(model)}"
        if isinstance(said, Mapping) and said.get("version"):
            document.leave_out(f"{at}.version", "The API version is the provider’s here, the same for all its models.")
        document.models.append(entry(at, model, {"provider": name, "name": model, "model_id": deployment}))


def _specs(document: Document, specs: dict[str, Any], by_label: dict[str, str]) -> None:
    """Presets are that program's; the model of the one that is its default is the default here."""
    for name in specs.keys() - {"list"}:
        document.leave_out(f"modelSpecs.{shown(name)}", "There is nothing here that this could become.")
    for place, values in entries(document, "modelSpecs.list", specs.get("list")):
        preset = mapping(document, f"{place}.preset", values.get("preset"))
        provider = by_label.get(str(preset.get("endpoint")))
        if provider is None:
            said = f"It is of the endpoint “{shown(preset.get('endpoint'))}”, which this file does not define."
            document.leave_out(place, said)
        elif values.get("default") and document.default is None:
            document.default = entry(place, "", {"model": f"{provider}:{preset.get('model')}"})
        else:
            document.leave_out(
                place, "A preset is that program's own: people choose model and system prompt in a chat."
            )
