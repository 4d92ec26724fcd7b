"""Codex' `config.toml`: its model providers, and the model that it begins with."""

import re
from collections.abc import Mapping
from typing import Any

from portal.dialects.provider_types.table import TYPES
from portal.services.configuration import typed
from portal.services.configuration.document import Document, Key
from portal.services.configuration.kinds.reading import (
    Rows,
    cannot,
    entry,
    headers_of,
    key_of,
    left,
    mapping,
    named,
    rows,
    shown,
    take,
    taken,
    type_at,
)

KIND = "Codex config.toml"

FILE: Rows = rows(
    taken("model_providers", "providers, by the table below"),
    taken("model", "a model of `model_provider`, where the file defines that"),
    taken("model_provider", "see `model`"),
    taken("model_context_window", "the context limit of that model", "context_limit", typed.whole),
    taken("model_max_output_tokens", "its output limit", "output_limit", typed.whole),
    taken("model_reasoning_effort", "the reasoning effort that it is asked for", "effort_default", typed.text),
    left("model_reasoning_summary model_verbosity model_supports_reasoning_summaries review_model", "Its own wishes."),
    left("approval_policy sandbox_mode sandbox_workspace_write shell_environment_policy projects", "Its own safety."),
    left("mcp_servers features history tui notify notice hide_agent_reasoning file_opener tools", "Its own features."),
    left("preferred_auth_method forced_login_method chatgpt_base_url personality disable_response_storage", "Its own."),
    cannot("profiles profile", "A profile is a choice of whoever works with that program."),
)

PROVIDER: Rows = rows(
    taken("name", "the label"),
    taken("base_url", "the base URL; a closing `/responses` is cut"),
    taken("env_key", "a reference to that variable"),
    taken("experimental_bearer_token", "the key"),
    taken("http_headers", "headers, of a provider that may have some"),
    taken("query_params", "`api-version` as the API version of Azure; others cannot be expressed"),
    left("wire_api", "The portal offers each API that the provider has, and translates the others."),
    left(
        "request_max_retries stream_max_retries stream_idle_timeout_ms env_key_instructions", "The portal decides it."
    ),
    left("supports_websockets", "The portal decides it."),
    cannot("env_http_headers", "A header is typed in, and a secret one encrypted. Enter it on the provider’s page."),
    cannot("requires_openai_auth auth aws", "A provider is asked with a key here, never with somebody's sign-in."),
)

TABLES: Mapping[str, Rows] = {"The file": FILE, "An entry of `model_providers`": PROVIDER}


def is_one(data: Any) -> bool:
    return isinstance(data, Mapping) and isinstance(data.get("model_providers"), Mapping)


def read(data: Mapping[str, Any]) -> Document:
    document = Document(KIND)
    of_model = take(document, "", data, FILE)
    used: set[str] = set()
    names: dict[str, str] = {}
    for id, given in mapping(document, "model_providers", data.get("model_providers")).items():
        place = f"model_providers.{shown(id)}"
        values = mapping(document, place, given)
        address = re.sub(r"/responses/?$", "", str(values.get("base_url") or ""))
        if not address:
            document.fault(place, "It has no base_url.")
            continue
        take(document, place, values, PROVIDER)
        type = type_at(address, "openai_compatible")
        fields: dict[str, Any] = {"type": type, "label": str(values.get("name") or id), "base_url": address}
        for name, value in mapping(document, f"{place}.query_params", values.get("query_params")).items():
            if name == "api-version" and type == "azure":
                fields["settings"] = {"api_version": str(value)}
            else:
                said = "An address has no query here: the portal makes it."
                document.leave_out(f"{place}.query_params.{shown(name)}", said)
        if headers := headers_of(document, f"{place}.http_headers", values.get("http_headers")):
            if TYPES[type].extra_headers:
                fields["headers"] = headers
            else:
                document.leave_out(f"{place}.http_headers", f"{TYPES[type].label} takes no further headers here.")
        variable = values.get("env_key")
        key = Key("key", {"key": str(variable)}, variables=True) if variable else None
        key = key or key_of({"key": values.get("experimental_bearer_token")})
        names[id] = named(document, place, id, used)
        document.providers.append(entry(place, names[id], fields, key))
    _model(document, data, names, of_model)
    return document


def _model(document: Document, data: Mapping[str, Any], names: Mapping[str, str], more: dict[str, Any]) -> None:
    if not data.get("model"):
        return
    provider = names.get(str(data.get("model_provider")))
    if provider is None:
        document.leave_out("model", "This file does not define the provider of this model.")
        return
    values = {"provider": provider, "model_id": data["model"], **more}
    document.models.append(entry("model", str(data["model"]), values))
