"""Open WebUI's environment: addresses and keys between semicolons, paired by their places."""

from collections.abc import Iterator, Mapping
from typing import Any

from portal.services.configuration.document import Document
from portal.services.configuration.kinds.connections import Connections
from portal.services.configuration.kinds.reading import (
    BY_REFERENCE,
    Rows,
    cannot,
    key_of,
    left,
    reference,
    rows,
    server_address,
    shown,
    take,
    taken,
    type_at,
)

KIND = "Open WebUI's environment"

OPENAI = "https://api.openai.com/v1"
"""What a blank address means there."""

_BY_NAME = "It names a model and not its provider. Choose it on the Models or the Overrides page."

FILE: Rows = rows(
    taken("OPENAI_API_BASE_URLS", "a provider for each address between semicolons; a blank one is OpenAI's"),
    taken("OPENAI_API_BASE_URL", "the same, where the first is not set"),
    taken("OPENAI_API_KEYS", "their keys, paired by place; `${NAME}` stays a reference"),
    taken("OPENAI_API_KEY", "the same, where the first is not set"),
    taken("OLLAMA_BASE_URLS", "an Ollama for each address between semicolons"),
    taken("OLLAMA_BASE_URL", "the same, where the first is not set"),
    taken("ENABLE_OPENAI_API", "whether those providers serve"),
    taken("ENABLE_OLLAMA_API", "whether the Ollama serves"),
    cannot("DEFAULT_MODELS TASK_MODEL TASK_MODEL_EXTERNAL", _BY_NAME),
    cannot("OPENAI_API_CONFIGS OLLAMA_API_CONFIGS", "That program keeps these in its database, and not in a variable."),
    left("AIOHTTP_CLIENT_TIMEOUT AIOHTTP_CLIENT_TIMEOUT_MODEL_LIST", "A provider has a timeout of its own here."),
    left("WEBUI_SECRET_KEY WEBUI_AUTH WEBUI_NAME WEBUI_URL DATABASE_URL DATA_DIR PORT", "That program's own."),
)

TABLES: Mapping[str, Rows] = {"A variable": FILE}

_TELLING = ("OPENAI_API_BASE_URLS", "OPENAI_API_BASE_URL", "OPENAI_API_KEYS", "OLLAMA_BASE_URLS", "OLLAMA_BASE_URL")


def is_one(data: Any) -> bool:
    return _variables(data) is not None


def read(data: Mapping[str, Any]) -> Document:
    document = Document(KIND)
    place, variables = _variables(data) or ("", {})
    take(document, place, variables, FILE)
    at = f"{place}." if place else ""
    connections = Connections(document)
    _openai(document, at, variables, connections)
    name = "OLLAMA_BASE_URLS" if variables.get("OLLAMA_BASE_URLS") else "OLLAMA_BASE_URL"
    for where, address in _parts(f"{at}{name}", variables.get(name)):
        if address and not _unreadable(document, where, address):
            fields = {"type": "ollama", "base_url": server_address("ollama", address)}
            connections.connect(where, fields | _enabled(variables.get("ENABLE_OLLAMA_API")), None)
    connections.finish()
    return document


def _openai(document: Document, at: str, variables: Mapping[str, Any], connections: Connections) -> None:
    urls = "OPENAI_API_BASE_URLS" if variables.get("OPENAI_API_BASE_URLS") else "OPENAI_API_BASE_URL"
    keys = "OPENAI_API_KEYS" if variables.get("OPENAI_API_KEYS") else "OPENAI_API_KEY"
    addresses = list(_parts(f"{at}{urls}", variables.get(urls)))
    secrets = [text for _, text in _parts(f"{at}{keys}", variables.get(keys))]
    for number, (where, address) in enumerate(addresses):
        secret = secrets[number] if number < len(secrets) else ""
        if not address and not secret:
            if number or len(addresses) > 1:
                document.leave_out(where, "A blank address is OpenAI’s there, and no key stands in its place.")
            continue
        if _unreadable(document, where, address):
            continue
        type = type_at(address, "openai_compatible") if address else "openai"
        fields = {"type": type, "base_url": address or OPENAI}
        connections.connect(where, fields | _enabled(variables.get("ENABLE_OPENAI_API")), key_of({"key": secret}))
    for number in range(len(addresses), len(secrets)):
        document.leave_out(f"{at}{keys}[{number + 1}]", "No address stands in the place of this key.")


def _parts(place: str, value: Any) -> Iterator[tuple[str, str]]:
    """What stands between semicolons, each with its place; one alone stands at the name itself."""
    parts = [part.strip() for part in str(value if value is not None else "").split(";")]
    for number, part in enumerate(parts, 1):
        yield (f"{place}[{number}]" if len(parts) > 1 else place), part


def _unreadable(document: Document, place: str, address: str) -> bool:
    variable = reference(address)
    if variable:
        document.fault(place, BY_REFERENCE.format("address", variable))
    elif address and "://" not in address:
        document.fault(place, f"“{shown(address)}” is no address: it begins with http:// or https://.")
    return bool(variable) or bool(address and "://" not in address)


def _enabled(value: Any) -> dict[str, Any]:
    return {"enabled": False} if str(value).strip().lower() == "false" else {}


def _variables(data: Any) -> tuple[str, Mapping[str, Any]] | None:
    """Where the variables stand, and what they hold: a file of them, or a service of a compose file."""
    if not isinstance(data, Mapping):
        return None
    if any(name in data for name in _TELLING):
        return "", data
    services = data.get("services")
    for name, service in services.items() if isinstance(services, Mapping) else ():
        variables = service.get("environment") if isinstance(service, Mapping) else None
        if isinstance(variables, Mapping) and any(one in variables for one in _TELLING):
            return f"services.{shown(name)}.environment", variables
    return None
