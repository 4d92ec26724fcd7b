"""LiteLLM's `config.yaml`: its deployments become providers and models."""

import json
from collections.abc import Mapping
from typing import Any

from portal.dialects.provider_types.table import TYPES
from portal.services.configuration import typed
from portal.services.configuration.document import Document, Entry, Key
from portal.services.configuration.kinds.connections import wish_for
from portal.services.configuration.kinds.litellm_fields import FILE, INFO, PARAMS, PREFIXES, WITHOUT
from portal.services.configuration.kinds.litellm_fields import TABLES as TABLES  # the page of documentation shows them
from portal.services.configuration.kinds.reading import (
    BY_REFERENCE,
    abilities,
    entries,
    entry,
    fitting_options,
    headers_of,
    key_of,
    mapping,
    named,
    nested,
    read_seconds,
    reference,
    server_address,
    shown,
    take,
    type_at,
)

KIND = "LiteLLM config.yaml"

_SUPPORTS = {
    "vision": "supports_vision",
    "tools": "supports_function_calling",
    "reasoning": "supports_reasoning",
    "web_search": "supports_web_search",
}
_CHATS = ("chat", "completion", "responses", None)

WILDCARD = "An asterisk stands for many models. Discover them on the provider’s page."

Deployment = tuple[str, dict[str, Any], dict[str, Any], str]
"""Place, parameters, what is said of the model, and what clients call it."""


def is_one(data: Any) -> bool:
    sections = {"model_list", "litellm_settings", "router_settings"}
    return isinstance(data, Mapping) and bool(data.keys() & sections)


def read(data: Mapping[str, Any]) -> Document:
    document = Document(KIND)
    take(document, "", data, FILE)
    reading = _Reading(document)
    for place, values in entries(document, "model_list", data.get("model_list")):
        for name in values.keys() - {"model_name", "litellm_params", "model_info"}:
            document.leave_out(f"{place}.{shown(name)}", "There is nothing here that this could become.")
        params = mapping(document, f"{place}.litellm_params", values.get("litellm_params"))
        info = mapping(document, f"{place}.model_info", values.get("model_info"))
        reading.deployment(place, str(values.get("model_name") or params.get("model") or ""), params, info)
    reading.finish(mapping(document, "router_settings", data.get("router_settings")))
    return document


class _Reading:
    """The deployments of one file, gathered by the provider that serves them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._names: set[str] = set()
        self._providers: dict[str, tuple[str, dict[str, Any], list[Key]]] = {}
        self._models: dict[tuple[str, str], Entry] = {}
        self._pools: dict[tuple[str, str, str], str] = {}
        self._places: dict[str, str] = {}

    def deployment(self, place: str, name: str, params: dict[str, Any], info: dict[str, Any]) -> None:
        document = self._document
        type, model = _type_and_model(params)
        wildcard = "*" in model or "*" in name
        if wildcard and not type:
            document.leave_out(place, WILDCARD)
            return
        if not type:
            said = f"“{shown(params.get('model', ''))}” names no provider that is known here. Connect it by hand."
            document.fault(f"{place}.litellm_params.model", said)
            return
        fields, key, faults = self._provider(place, type, params)
        if faults:
            return
        type = fields["type"]
        identity = json.dumps([fields, repr(key.parts) if key else ""], sort_keys=True, default=str)
        pool = (json.dumps(fields, sort_keys=True, default=str), name, model)
        if pool in self._pools and not wildcard:
            self._joined(place, self._pools[pool], key)
            return
        provider = self._connected(place, identity, fields, key)
        self._slower(place, provider, params)
        if wildcard:
            document.leave_out(place, WILDCARD)
            return
        self._pools[pool] = provider
        self._model(place, provider, type, name, model, params, info)

    def _provider(self, place: str, type: str, params: dict[str, Any]) -> tuple[dict[str, Any], Key | None, bool]:
        document, where = self._document, f"{place}.litellm_params"
        address = params.get("api_base") or params.get("base_url") or ""
        if variable := reference(address):
            document.fault(f"{where}.api_base", BY_REFERENCE.format("address", variable))
            return {}, None, True
        address = str(address)
        type = type_at(address, type) if type in ("openai", "google", "openai_compatible") else type
        fields: dict[str, Any] = {"type": type, "base_url": server_address(type, address)}
        settings = {
            "azure": {"api_version": params.get("api_version")},
            "openai": {"organization": params.get("organization")},
            "bedrock": {"region": params.get("aws_region_name")},
            "vertex": {"project": params.get("vertex_project"), "location": params.get("vertex_location")},
        }.get(type, {})
        for name, value in list(settings.items()):
            if variable := reference(value):
                document.leave_out(f"{where}.{name}", BY_REFERENCE.format(name.replace("_", " "), variable))
                settings[name] = None
        fields["settings"] = {name: typed.text(value) for name, value in settings.items() if value not in (None, "")}
        if found := headers_of(
            document, f"{where}.extra_headers", params.get("extra_headers") or params.get("headers")
        ):
            if TYPES[type].extra_headers:
                fields["headers"] = found
            else:
                document.leave_out(f"{where}.extra_headers", f"{TYPES[type].label} takes no further headers here.")
        return fields, self._key(where, type, params), False

    def _key(self, where: str, type: str, params: dict[str, Any]) -> Key | None:
        if type == "bedrock" and not params.get("api_key"):
            names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
            return key_of({name.removeprefix("aws_"): params.get(name) for name in names}, "aws")
        whole = params.get("vertex_credentials")
        if type == "vertex" and whole:
            text = json.dumps(whole) if isinstance(whole, Mapping) else str(whole)
            if text.lstrip().startswith("{"):
                return Key("service_account", {"private_key": text})
            said = "A path or a variable of the other program. Paste the JSON file on the provider’s page."
            self._document.leave_out(f"{where}.vertex_credentials", said)
        return key_of({"key": params.get("api_key")})

    def _connected(self, place: str, identity: str, fields: dict[str, Any], key: Key | None) -> str:
        if identity not in self._providers:
            base, count = wish_for(fields["type"], fields["base_url"]), 1
            name = base
            while name in self._names:
                count += 1
                name = f"{base}-{count}"
            name = named(self._document, place, name, self._names)
            self._providers[identity] = (name, {**fields, "label": _label(fields["type"], name)}, [key] if key else [])
            self._places[name] = place
        return self._providers[identity][0]

    def _joined(self, place: str, provider: str, key: Key | None) -> None:
        """The same model at the same address under a further key: one provider with several keys."""
        keys = next(keys for name, _, keys in self._providers.values() if name == provider)
        if key is not None and key not in keys:
            keys.append(key)
            said = f"The same model under another key: a further key of the provider {provider}, which take turns."
            self._document.leave_out(place, said)
        else:
            self._document.leave_out(place, f"The same deployment stands in this file already, as one of {provider}.")

    def _slower(self, place: str, provider: str, params: dict[str, Any]) -> None:
        """Of the timeouts of a provider's deployments the longest is kept: it is the provider's here."""
        fields = next(fields for name, fields, _ in self._providers.values() if name == provider)
        for name in ("timeout", "stream_timeout"):
            if kept := read_seconds(self._document, f"{place}.litellm_params.{name}", params.get(name)):
                fields["read_timeout"] = str(max(kept, float(fields.get("read_timeout", 0))))

    def _model(
        self, place: str, provider: str, type: str, name: str, model: str, params: dict[str, Any], info: dict[str, Any]
    ) -> None:
        document, where = self._document, f"{place}.litellm_params"
        if (provider, name) in self._models:
            said = (
                f"{provider} has a model called “{shown(name)}” already. Sharing out its requests cannot be expressed."
            )
            document.leave_out(place, said)
            return
        said = {key: value for key, value in info.items() if key not in _SUPPORTS.values() or isinstance(value, bool)}
        fields = nested(take(document, where, params, PARAMS) | take(document, f"{place}.model_info", said, INFO))
        fields |= {"provider": provider, "name": name, "model_id": model}
        thinking = params.get("thinking")
        if isinstance(thinking, Mapping) and thinking.get("budget_tokens"):
            fields.setdefault("options", {})["thinking_budget"] = thinking["budget_tokens"]
        elif thinking:
            document.leave_out(f"{where}.thinking", "It names no budget. The model decides by its reasoning effort.")
        fields["options"] = fitting_options(document, where, type, fields.get("options", {}))
        able = abilities({name: info.get(key) for name, key in _SUPPORTS.items()})
        if able is not None:
            fields["capabilities"] = able
        if info.get("mode") not in _CHATS:
            fields["chats"] = False
        self._models[provider, name] = entry(place, name, fields)

    def finish(self, router: dict[str, Any]) -> None:
        """Put down what was gathered; the aliases of the router are those of their model, where there is one alone."""
        document = self._document
        for name, fields, keys in self._providers.values():
            document.providers.append(entry(self._places[name], name, fields, *keys))
        by_name: dict[str, list[Entry]] = {}
        for (_, name), model in self._models.items():
            by_name.setdefault(name, []).append(model)
        for name, several in by_name.items():
            if len(several) > 1:
                at = ", ".join(f"{one.values['provider']}:{name}" for one in several)
                said = f"One name with several deployments is a model on each of its providers: {at}. Clients name one."
                document.leave_out(several[0].place, said)
        aliases = mapping(document, "router_settings.model_group_alias", router.get("model_group_alias"))
        for alias, target in aliases.items():
            wanted = target.get("model") if isinstance(target, Mapping) else target
            found = by_name.get(str(wanted), [])
            if len(found) == 1:
                values = dict(found[0].values)
                values["aliases"] = [*values.get("aliases", []), alias]
                self._models[values["provider"], str(wanted)] = by_name[str(wanted)][0] = entry(
                    found[0].place, found[0].name, values
                )
            else:
                document.leave_out(f"router_settings.model_group_alias.{shown(alias)}", "It names no single model.")
        for name in router.keys() - {"model_group_alias"}:
            if router[name] not in (None, {}, []):
                document.leave_out(f"router_settings.{shown(name)}", "Keys take turns, and nothing else is shared out.")
        document.models += self._models.values()


def _type_and_model(params: Mapping[str, Any]) -> tuple[str, str]:
    text = str(params.get("model") or "")
    prefix, slash, rest = text.partition("/")
    if slash and prefix in PREFIXES:
        type = PREFIXES[prefix]
        if type == "bedrock":
            rest = rest.removeprefix("converse/").removeprefix("invoke/")
        return type, rest
    stated = PREFIXES.get(str(params.get("custom_llm_provider") or ""), "")
    guessed = next((type for begin, type in WITHOUT.items() if text.startswith(begin)), "")
    return stated or guessed or ("openai_compatible" if params.get("api_base") and not slash and text else ""), text


def _label(type: str, name: str) -> str:
    return TYPES[type].label if name == type.replace("_", "-") else f"{TYPES[type].label} ({name})"
