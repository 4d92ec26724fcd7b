"""The portal's own document, read: its sections become entries, and what no section knows is named."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from portal.domain.gates import GATES
from portal.services.configuration.document import FORMAT, SECTIONS, VERSION, Document, Entry, Key
from portal.services.configuration.fields import ENTRIES, PARTS, UNPRICED

KIND = "LLM Portal"
NO_TOKENS = "An access token has no name that holds in another portal. Set this by hand, under Limits."
NO_KEYS = "A key does not belong into this file. Name a variable of the server, as environment: ACME_KEY."

KEYS = frozenset({"key", "keys", "secret", "public_key"})
NO_APPLICATION_KEYS = "No key of an application belongs into this file. Leave it out, and give it one on its page."


def is_own(data: Any) -> bool:
    return isinstance(data, Mapping) and FORMAT in data


def read(data: Mapping[str, Any]) -> Document:
    document = Document(KIND)
    if data[FORMAT] != VERSION:
        document.fault(FORMAT, f"This portal reads edition {VERSION} of such a file. Export it anew from a newer one.")
        return document
    for name in data:
        if name not in SECTIONS and name != FORMAT:
            document.fault(str(name), f"There is no such section. There are {', '.join(SECTIONS)}.")
    _providers(document, data.get("providers"))
    _models(document, data.get("models"))
    for name in ("contexts", "teams", "roles", "overrides", "applications"):
        for key, value in _mapping(document, name, data.get(name)).items():
            empty = name in ("teams", "overrides") and value is None
            pinned = name == "overrides" and isinstance(value, str)
            values = {"model": value} if pinned else {} if empty else value
            entry = _entry(document, name, f"{name}.{key}", key, values)
            if entry is not None:
                getattr(document, name).append(entry)
    for key, value in _mapping(document, "gates", data.get("gates")).items():
        if key in GATES:
            document.gates.append(Entry(f"gates.{key}", key, {"on": value}))
        else:
            document.fault(f"gates.{key}", f"There is no such gate. There are {', '.join(GATES)}.")
    if data.get("default") is not None:
        document.default = Entry("default", "", {"model": data["default"]})
    if data.get("settings") is not None:
        document.settings = _entry(document, "settings", "settings", "", data["settings"])
    for section in PARTS:
        _parts(document, section, data.get(section))
    return document


def _parts(document: Document, section: str, given: Any) -> None:
    """Limits, or budgets. An entry without fields takes all of them away."""
    for part, entries in _mapping(document, section, given).items():
        place = f"{section}.{part}"
        if (section, part) == ("budgets", UNPRICED):
            document.unpriced = Entry(place, "", {"allowed": entries})
        elif part in PARTS[section]:
            for name, values in _mapping(document, place, entries).items():
                known = dict.fromkeys(ENTRIES[section]) if values is None else values
                entry = _entry(document, section, f"{place}.{name}", name, known)
                if entry is not None:
                    getattr(document, section).append(replace(entry, part=part))
        else:
            names = [*PARTS[section], *([UNPRICED] if section == "budgets" else [])]
            said = NO_TOKENS if part == "tokens" else f"There is no such part. There are {', '.join(names)}."
            document.fault(place, said)


def _providers(document: Document, given: Any) -> None:
    for name, values in _mapping(document, "providers", given).items():
        place = f"providers.{name}"
        entry = _entry(document, "providers", place, name, values)
        if entry is None:
            continue
        keys = _keys(document, place, entry.values.get("keys"))
        values = {field: value for field, value in entry.values.items() if field != "keys"}
        document.providers.append(Entry(place, name, values, keys))


def _keys(document: Document, place: str, given: Any) -> tuple[Key, ...]:
    found = []
    for number, one in enumerate(given if isinstance(given, list) else [given] if given else [], 1):
        named = one.get("environment") if isinstance(one, Mapping) else None
        kind = str(one.get("kind", "key")) if isinstance(one, Mapping) else ""
        parts = {"key": named} if isinstance(named, str) else named
        whole = isinstance(parts, Mapping) and parts and all(isinstance(part, str) for part in parts.values())
        if not whole or set(one) - {"environment", "kind"}:
            document.fault(f"{place}.keys[{number}]", NO_KEYS)
        else:
            found.append(Key(kind, dict(parts), variables=True))
    return tuple(found)


def _models(document: Document, given: Any) -> None:
    if given is not None and not isinstance(given, list):
        document.fault("models", "This has to be a list of models.")
        return
    for number, values in enumerate(given or [], 1):
        name = values.get("name") or values.get("model_id") if isinstance(values, Mapping) else ""
        entry = _entry(document, "models", f"models[{number}]", str(name or ""), values)
        if entry is not None:
            document.models.append(entry)


def _entry(document: Document, section: str, place: str, name: str, values: Any) -> Entry | None:
    if not isinstance(values, Mapping):
        document.fault(place, "This has to be fields with values.")
        return None
    fields = ENTRIES[section]
    if section == "applications" and values.keys() & KEYS:
        document.fault(place, NO_APPLICATION_KEYS)
        return None
    unknown = [str(field) for field in values if field not in fields]
    if unknown:
        document.fault(
            place, f"There is no field {', '.join(map(repr, unknown))[:120]}. There are {', '.join(fields)}."
        )
        return None
    return Entry(place, str(name), dict(values))


def _mapping(document: Document, section: str, given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {str(name): value for name, value in given.items()}
    document.fault(section, "This has to be names with their entries.")
    return {}
