"""The many shapes in which servers say what went wrong, taken apart into one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from typing import Any

from portal.dialects.faults.matching import NO_STATUS
from portal.dialects.reading import clean, field, load, name, text


@dataclass(frozen=True)
class Error:
    """What a body says went wrong: `message` for people, `code` the best machine-readable one, `codes` all of them.

    `behind` names the provider behind a gateway whose words these are; `headers` are those that stand in the body.
    """

    message: str = ""
    code: str = ""
    codes: frozenset[str] = frozenset()
    status: int = NO_STATUS
    wait: float | None = None
    behind: str = ""
    headers: Mapping[str, str] = field_of(default_factory=dict)


ANSWERS = ("choices", "content", "candidates", "output", "data", "models", "result", "results", "delta", "usage")
"""What an answer, a part of one or a listing holds, and an error does not."""

FINE = (0, 200, "0", "200", "", None, "ok", "OK", "success", "Success", True)
"""Codes by which vendors say that nothing went wrong."""

VENDORS_CODES = ("code", "status_code", "errcode", "error_code", "err_code")
VENDORS_WORDS = ("message", "msg", "error_msg", "errmsg", "status_msg", "error_message")


def carries_error(value: object) -> bool:
    """True for the JSON of an error, whatever HTTP signals about it."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        return False
    return (
        bool(value.get("error"))
        or value.get("type") == "error"
        or value.get("object") == "error"
        or envelope_of(value) is not None
    )


def envelope_of(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The part of a vendor's own shape that says what failed: a code that is none of the fine ones beside words.

    MiniMax keeps it in an object of its own. An answer may carry the same fields, which then say that all is well.
    """
    if any(value.get(key) for key in ANSWERS):
        return None
    for envelope in (value, value.get("base_resp"), value.get("header"), value.get("status")):
        if not isinstance(envelope, Mapping) or not any(text(envelope.get(key)).strip() for key in VENDORS_WORDS):
            continue
        codes = [envelope[key] for key in VENDORS_CODES if isinstance(envelope.get(key), int | str)]
        if envelope.get("success") is False or any(code not in FINE for code in codes):
            return envelope
    return None


MOST_NESTED = 3
NESTED: tuple[tuple[str, ...], ...] = (
    ("metadata", "raw"),
    ("message",),
    ("error",),
    ("detail",),
    ("details",),
    ("body",),
    ("upstream_error",),
    ("provider_error",),
    ("cause",),
    ("innererror",),
    ("inner_error",),
    ("original_error",),
)
"""Where an error may hold another one: as an object, as the text of one, or, in the first, in plain words."""


def take_apart(value: Any, depth: int = MOST_NESTED) -> Error:
    """The error in a JSON body: OpenAI's, Anthropic's, Google's, FastAPI's, a vendor's, in a list, or a bare string.

    Of an error inside an error the innermost words count, with the name of whom they come from, and all codes.
    """
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str):
        return Error(message=clean(value))
    if not isinstance(value, Mapping):
        return Error()
    inner = value.get("error") or field(value, "errors", "0") or envelope_of(value) or value
    if not isinstance(inner, Mapping):
        nested = _parsed(inner) if depth else None
        if nested is not None:
            return take_apart(nested, depth - 1)
        inner = {**{key: value[key] for key in ("code", "type") if key in value}, "message": inner}
    message = _message(inner) or _message(value)
    param = text(inner.get("param"))
    if param and param not in message and param != "None":
        message = f"{message} ({param})".strip()
    codes = [code for code in _codes(inner, value) if code]
    wordy = [code for code in codes if not code.isdecimal()]
    statuses = [inner.get("code"), inner.get("status"), inner.get("status_code"), value.get("status")]
    delays = (field(detail, "retryDelay") for detail in _items(inner.get("details")))
    found = Error(
        message=message,
        code=next(iter(wordy or codes), ""),
        codes=frozenset(code.lower() for code in codes),
        status=next((number for number in map(_status, statuses) if number), NO_STATUS),
        wait=next((seconds(delay) for delay in delays if delay), None),
        behind=name(field(inner, "metadata", "provider_name"))[:60],
        headers=_headers(field(inner, "metadata", "headers")),
    )
    nested_one = _nested(inner, depth - 1) if depth else None
    return found if nested_one is None else _joined(found, nested_one)


def _nested(outer: Mapping[str, Any], depth: int) -> Error | None:
    """The error that this one holds; None where it holds none."""
    for path in NESTED:
        value = field(outer, *path)
        parsed = _parsed(value)
        if parsed is not None and (error := take_apart(parsed, depth)).message:
            return error
        if path == NESTED[0] and isinstance(value, str) and value.strip():
            return Error(message=clean(value))
    return None


def _parsed(value: object) -> Any:
    """The object that a field holds, also as a text; None for other things."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[{")):
        value = load(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, Mapping) else None


def _joined(outer: Error, inner: Error) -> Error:
    """One error of two. The inner one knows what happened; the outer one, who is in between."""
    said = inner.message
    if outer.behind and not said.startswith(outer.behind):
        said = f"{outer.behind}: {said}"
    return replace(
        outer,
        message=said,
        code=inner.code or outer.code,
        codes=outer.codes | inner.codes,
        status=outer.status or inner.status,
        wait=inner.wait if inner.wait is not None else outer.wait,
        headers={**outer.headers, **inner.headers},
    )


def _headers(value: object) -> dict[str, str]:
    """Headers that a gateway writes into its body."""
    if not isinstance(value, Mapping):
        return {}
    return {
        str(key)[:100]: str(one)[:200] for key, one in list(value.items())[:50] if isinstance(one, str | int | float)
    }


def _codes(inner: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    details = inner.get("details")
    for found in (
        inner.get("code"),
        *(inner.get(key) for key in VENDORS_CODES[1:]),
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
    for key in ("message", "detail", "error_description", "title", *VENDORS_WORDS[1:]):
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
    match = re.fullmatch(r"\s*(\d{1,16}(?:\.\d{1,9})?)s?\s*", value) if isinstance(value, str) else None
    return float(match.group(1)) if match else None
