"""The many shapes in which servers say what went wrong, taken apart into one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.dialects.faults.matching import NO_STATUS
from portal.dialects.reading import clean, field, name, text


@dataclass(frozen=True)
class Error:
    """What a body says went wrong: `message` for people, `code` the best machine-readable one, `codes` all of them."""

    message: str = ""
    code: str = ""
    codes: frozenset[str] = frozenset()
    status: int = NO_STATUS
    wait: float | None = None


def carries_error(value: object) -> bool:
    """True for the JSON of an error, whatever HTTP signals about it."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        return False
    return bool(value.get("error")) or value.get("type") == "error" or value.get("object") == "error"


def take_apart(value: Any) -> Error:
    """The error in a JSON body: OpenAI's, Anthropic's, Google's, FastAPI's, flat, in a list, or a bare string."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str):
        return Error(message=clean(value))
    if not isinstance(value, Mapping):
        return Error()
    inner = value.get("error") or field(value, "errors", "0") or value
    if not isinstance(inner, Mapping):
        inner = {**{key: value[key] for key in ("code", "type") if key in value}, "message": inner}
    message = _message(inner) or _message(value)
    param = text(inner.get("param"))
    if param and param not in message:
        message = f"{message} ({param})".strip()
    codes = [code for code in _codes(inner, value) if code]
    wordy = [code for code in codes if not code.isdecimal()]
    statuses = [inner.get("code"), inner.get("status"), inner.get("status_code"), value.get("status")]
    delays = (field(detail, "retryDelay") for detail in _items(inner.get("details")))
    wait = next((seconds(delay) for delay in delays if delay), None)
    return Error(
        message=message,
        code=next(iter(wordy or codes), ""),
        codes=frozenset(code.lower() for code in codes),
        status=next((number for number in map(_status, statuses) if number), NO_STATUS),
        wait=wait,
    )


def _codes(inner: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    details = inner.get("details")
    for found in (
        inner.get("code"),
        field(details, "error_code"),
        field(inner, "metadata", "error_type"),
        field(inner, "metadata", "limit_source"),
        field(inner, "innererror", "code"),
        *(field(detail, "reason") for detail in _items(details)),
        inner.get("type"),
        inner.get("status"),
        text(inner.get("__type")).rpartition("#")[2],
        whole.get("code") if inner is not whole else None,
    ):
        if isinstance(found, int) and not isinstance(found, bool):
            yield str(found) if abs(found) < 10**9 else ""
        elif found != "error":
            yield name(found)[:100]
    for detail in _items(details):
        for violation in _items(field(detail, "violations")):
            yield name(field(violation, "quotaId"))[:100]
    for sign in ("flagged_input", "reasons"):
        if field(inner, "metadata", sign):
            yield "flagged_input"


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _message(value: Mapping[str, Any], depth: int = 3) -> str:
    for key in ("message", "detail", "error_description", "title", "msg"):
        found = value.get(key)
        if isinstance(found, str) and found.strip():
            return clean(found)
        if isinstance(found, Mapping) and depth:
            return _message(found, depth - 1)
        if isinstance(found, list):
            return "; ".join(filter(None, map(_complaint, found[:5])))
    return ""


def _complaint(item: object) -> str:
    """One entry of a validation error: where, and what is wrong there."""
    if isinstance(item, str):
        return clean(item)
    where = ".".join(str(step) for step in _items(field(item, "loc"))[:8] if isinstance(step, str | int))
    what = text(field(item, "msg")) or text(field(item, "message"))
    return f"{where}: {what}" if where and what else what


def _status(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) == 3:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600 else NO_STATUS


def seconds(value: object) -> float | None:
    match = re.fullmatch(r"\s*(\d{1,12}(?:\.\d{1,9})?)s?\s*", value) if isinstance(value, str) else None
    return float(match.group(1)) if match else None
