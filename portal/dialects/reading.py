"""Tolerant reading of what providers send: nothing here raises, whatever the bytes."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

MOST_COUNT = 2_000_000_000
"""No token count is believed above this; it is what a database integer holds."""

LONGEST_NAME = 300


class Unreadable:
    """What `load` gives for bytes that are not JSON; JSON's own null is None."""


UNREADABLE = Unreadable()

_KEYLIKE = re.compile(r"\b(?:sk-|gsk_|fw_|vck_|hf_|AIza|AQ\.|AKIA|ASIA|ABSK|Bearer\s+)[\w\-.*•]{4,}")


def load(body: bytes | str) -> Any:
    """The JSON value of `body`, or UNREADABLE."""
    try:
        return json.loads(body if isinstance(body, str) else body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return UNREADABLE


def clean(text: str) -> str:
    """Text that every database and every encoding takes: no NUL, no half of a character."""
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def field(value: object, *names: str) -> Any:
    """The value found by going down `names` through objects and, by index, lists; None where there is no way."""
    for name in names:
        if type(value) is dict:  # nearly always; to ask whether it is any mapping takes five times as long
            value = value.get(name)
        elif value is None:
            return None
        elif isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def text(value: object) -> str:
    """The value if it is text, clean; else nothing."""
    return clean(value) if isinstance(value, str) else ""


def name(value: object) -> str:
    """A short text on one line, as a model's name or an id."""
    return " ".join(text(value).split())[:LONGEST_NAME]


def words(content: object, kind: str = "text") -> str:
    """The text of a message's content: a string, or parts of which those of `kind` count."""
    if isinstance(content, list):
        return "".join(_part(part, kind) for part in content)
    return text(content) if kind == "text" else ""


def _part(part: object, kind: str) -> str:
    """One part of a content: its text stands under its kind or under `text`; some servers nest them once more."""
    if field(part, "type") != kind and not (kind == "text" and field(part, "type") is None):
        return ""
    inner = field(part, kind)
    if kind != "text" and isinstance(inner, list):
        return words(inner)
    return text(inner) or text(field(part, "text"))


def count(value: object) -> int:
    """A number of tokens; 0 for anything that cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    if isinstance(value, float) and not math.isfinite(value):
        return 0
    return max(0, min(MOST_COUNT, int(value)))


def limit(*values: object) -> int | None:
    """The first of the values that is a limit in tokens."""
    return next((found for found in map(count, values) if found), None)


def day(*values: object) -> date | None:
    """The first of the values that is a day: as text like 2027-01-31, with or without a time, or in seconds of 1970."""
    for value in values:
        try:
            if isinstance(value, str) and value[:10]:
                return date.fromisoformat(value[:10])
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return datetime.fromtimestamp(value, UTC).date()
        except (ValueError, OverflowError, OSError):
            continue
    return None


def said(value: object) -> bool | None:
    """A yes or no, plain or as `{"supported": …}`; None for anything else."""
    value = value.get("supported") if isinstance(value, Mapping) else value
    return value if isinstance(value, bool) else None


def names(value: object) -> tuple[str, ...] | None:
    """A list of words, in small letters; None when it is no list."""
    return tuple(text(word).lower() for word in value if text(word)) if isinstance(value, list) else None


def quote(message: str, longest: int = 500) -> str:
    """A provider's words fit to be shown: on one line, without anything that looks like a key, not too long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in clean(message[: longest * 4])).split())
    line = _KEYLIKE.sub("••••", line)
    return line if len(line) <= longest else line[: longest - 1] + "…"
