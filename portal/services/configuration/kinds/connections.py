"""Providers that a file only hints at, by the type, the address and the key of each of its models."""

import json
from collections.abc import Mapping
from typing import Any

from portal.dialects.provider_types.table import TYPES
from portal.services.configuration.document import Document, Key
from portal.services.configuration.kinds.reading import entry, host_of, named


class Connections:
    """The providers of one file: entries of one type, address and key are entries of one provider."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._names: set[str] = set()
        self._found: dict[str, tuple[str, str, dict[str, Any], list[Key]]] = {}

    def connect(self, place: str, fields: Mapping[str, Any], key: Key | None) -> str:
        """The name of the provider of such an entry. Of its timeouts the longest is kept."""
        told = {name: value for name, value in fields.items() if name != "read_timeout"}
        identity = json.dumps([told, repr(key.parts) if key else ""], sort_keys=True, default=str)
        if identity not in self._found:
            name = self._name(place, fields["type"], fields.get("base_url", ""))
            label = TYPES[fields["type"]].label
            told["label"] = label if name == fields["type"].replace("_", "-") else f"{label} ({name})"
            self._found[identity] = place, name, told, [key] if key else []
        _, name, kept, _ = self._found[identity]
        if seconds := fields.get("read_timeout"):
            kept["read_timeout"] = str(max(seconds, float(kept.get("read_timeout", 0))))
        return name

    def finish(self) -> None:
        """Put the providers down."""
        self._document.providers += [
            entry(place, name, told, *keys) for place, name, told, keys in self._found.values()
        ]

    def _name(self, place: str, type: str, address: str) -> str:
        base, count = wish_for(type, address), 1
        name = base
        while name in self._names:
            count += 1
            name = f"{base}-{count}"
        return named(self._document, place, name, self._names)


def wish_for(type: str, address: str) -> str:
    """What a provider is called that its file gives no name: a vendor by its type, a server by its host."""
    host = host_of(address).split(".")[0] if address else ""
    wish = type.replace("_", "-")
    if type not in ("openai_compatible", "azure") or not host or host[:1].isdigit():
        return wish
    return f"{wish}-{host}".lower() if type == "azure" else host.lower()
