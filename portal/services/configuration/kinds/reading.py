"""What all foreign files are read with: rows that say what becomes of each field, and words for what recurs in them.

A row drives the reader and is printed in `docs/configuration.md`, so the page cannot say anything else than is done.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from portal.dialects.provider_types.table import TYPES, host_owner
from portal.domain.capabilities import DEFAULT_CAPABILITIES
from portal.domain.options import options_for
from portal.domain.provider_headers import TypedHeader, may_be_shown
from portal.domain.providers import free_name
from portal.domain.typed_text import looks_secret
from portal.services.configuration import typed
from portal.services.configuration.document import Document, Entry, Key, Note


class Fate(StrEnum):
    """What becomes of a field. Only what is left out or cannot be expressed is named when a file is read."""

    TAKEN = "taken"
    LEFT_OUT = "left out"
    CANNOT = "cannot be expressed"


@dataclass(frozen=True)
class Row:
    """One field of a foreign file. `to` is where a value goes that is taken as it is, like `options.temperature`."""

    field: str
    fate: Fate
    says: str
    to: str = ""
    read: Callable[[Any], Any] | None = None


def taken(field: str, says: str, to: str = "", read: Callable[[Any], Any] | None = None) -> Row:
    return Row(field, Fate.TAKEN, says, to, read)


def left(fields: str, says: str) -> tuple[Row, ...]:
    return tuple(Row(field, Fate.LEFT_OUT, says) for field in fields.split())


def cannot(fields: str, says: str) -> tuple[Row, ...]:
    return tuple(Row(field, Fate.CANNOT, says) for field in fields.split())


Rows = Mapping[str, Row]


def rows(*given: Row | tuple[Row, ...]) -> Rows:
    flat = (row for part in given for row in (part if isinstance(part, tuple) else (part,)))
    return {row.field: row for row in flat}


UNKNOWN = "There is nothing here that this could become."


def take(document: Document, place: str, values: Mapping[str, Any], table: Rows) -> dict[str, Any]:
    """What the table's rows take of an entry, by where it goes; all that is not taken is named."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        row = table.get(str(name))
        where = f"{place}.{shown(name)}" if place else shown(name)
        if row is None or row.fate is not Fate.TAKEN:
            if value not in (None, {}, [], ""):
                document.leave_out(where, row.says if row else UNKNOWN)
        elif row.to and value is not None:
            try:
                found[row.to] = row.read(value) if row.read else value
            except typed.Unusable as unusable:
                document.fault(where, unusable.said)
    return found


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """`{"options.temperature": 1}` as `{"options": {"temperature": 1}}`."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        section, _, field = name.partition(".")
        if field:
            found.setdefault(section, {})[field] = value
        else:
            found[name] = value
    return found


_REFERENCES = (
    re.compile(r"os\.environ/([A-Za-z_][A-Za-z0-9_]*)"),
    re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-[^{}]*)?\}"),  # what a shell takes instead is not read
    re.compile(r"\$\{\{\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}"),
    re.compile(r"\{env:([A-Za-z_][A-Za-z0-9_]*)\}"),
)


def reference(value: Any) -> str:
    """The variable that a value stands for, in any of its spellings; "" when it stands for itself."""
    text = value.strip() if isinstance(value, str) else ""
    return next((found[1] for pattern in _REFERENCES if (found := pattern.fullmatch(text))), "")


def holds_reference(value: Any) -> bool:
    return isinstance(value, str) and any(pattern.search(value) for pattern in _REFERENCES)


BY_REFERENCE = "Its {} is the variable {} of the other program, which is not read. Write it into the file."


def key_of(parts: Mapping[str, Any], kind: str = "key") -> Key | None:
    """A key out of the values of its parts, each of them a key itself or a reference; None where there is none."""
    given = {name: str(value) for name, value in parts.items() if value not in (None, "")}
    named = {name: reference(value) for name, value in given.items()}
    if not given:
        return None
    return Key(kind, named, variables=True) if all(named.values()) else Key(kind, given)


def per_million(value: Any) -> str:
    """A price of one token as that of a million."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise typed.Unusable("This has to be a number.") from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise typed.Unusable("This has to be a number.")
    return f"{(Decimal(value) * 1_000_000).normalize():f}"


def price(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise typed.Unusable("This has to be a number.")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def mapping(document: Document, place: str, value: Any) -> dict[str, Any]:
    """Names with values, or nothing, which is said where it is something else."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(name): part for name, part in value.items()}
    document.fault(place, "This has to be names with values.")
    return {}


def entries(document: Document, place: str, value: Any) -> Iterable[tuple[str, dict[str, Any]]]:
    """The entries of a list, each with its place."""
    if value is not None and not isinstance(value, list):
        document.fault(place, "This has to be a list.")
        return
    for number, part in enumerate(value or [], 1):
        if isinstance(part, Mapping):
            yield f"{place}[{number}]", {str(name): item for name, item in part.items()}
        else:
            document.fault(f"{place}[{number}]", "This has to be names with values.")


def shown(name: Any) -> str:
    """A name out of a file, as it may be repeated: no key, and one short line."""
    text = " ".join(str(name).split())[:60]
    return "…" if looks_secret(str(name)) else text


def named(document: Document, place: str, wish: str, names: set[str]) -> str:
    """A name for a provider that the portal allows, said where it is another one than in the file."""
    name = free_name(wish, names)
    names.add(name)
    if name != wish:
        document.notices.append(Note(place, f"“{shown(wish)}” is called {name} here: a name has small letters only."))
    return name


def type_at(address: str, otherwise: str) -> str:
    """The type that a well-known host belongs to; else the other one, or any server where that one is a vendor's."""
    owner = host_owner(address) if address else None
    if owner:
        return owner[0]
    usual = TYPES[otherwise]
    return "openai_compatible" if address and usual.dialect == "openai" and usual.own_hosts else otherwise


def host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def fitting_options(document: Document, place: str, type_name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options that such a provider takes; the others are named."""
    known = {option.name for option in options_for(TYPES[type_name].dialect, type_name)}
    for name in options.keys() - known:
        document.leave_out(f"{place}.{name}", f"{TYPES[type_name].label} takes no such option from the portal.")
    return {name: value for name, value in options.items() if name in known}


def headers_of(document: Document, place: str, given: Any) -> list[dict[str, Any]]:
    """Headers that are the same for everybody; one that looks like a key is a secret one."""
    found = []
    for name, value in mapping(document, place, given).items():
        if not isinstance(value, str) or holds_reference(value) or "{{" in value:
            document.leave_out(f"{place}.{shown(name)}", "A header is the same for everybody here, and is typed in.")
        else:
            secret = not may_be_shown(TypedHeader(name, value))
            found.append({"name": name, "value": value} | ({"secret": True} if secret else {}))
    return found


def server_address(type: str, address: str) -> str:
    """The address of one's own server with the version that such files leave to their program."""
    if (
        type in ("ollama", "openai_compatible", "vllm", "lm_studio", "llama_cpp")
        and address
        and not host_owner(address)
    ):
        path = address.partition("://")[2].partition("/")[2].strip("/")
        return address if path else f"{address.rstrip('/')}/v1"
    return address


READ_SECONDS = (1.0, 3600.0)


def read_seconds(document: Document, place: str, value: Any) -> float:
    """A read timeout in seconds, within what one may be here, which is said; 0 where there is none."""
    if value in (None, "") or reference(value):
        return 0.0
    try:
        seconds = typed.number(value)
    except typed.Unusable as unusable:
        document.fault(place, unusable.said)
        return 0.0
    least, most = READ_SECONDS
    kept = min(max(seconds, least), most)
    if kept != seconds:
        document.leave_out(place, f"{seconds:g} s are {kept:g} s here.")
    return kept


def abilities(told: Mapping[str, Any]) -> list[str] | None:
    """Capabilities out of what a file says a model supports; None when it says nothing."""
    said = {name: value for name, value in told.items() if isinstance(value, bool)}
    if not said:
        return None
    return [*DEFAULT_CAPABILITIES, *(name for name, able in said.items() if able and name not in DEFAULT_CAPABILITIES)]


def entry(place: str, name: str, values: Mapping[str, Any], *keys: Key | None) -> Entry:
    return Entry(place, name, dict(values), tuple(key for key in keys if key is not None))
