"""How a caller's JSON is read: each object through the table of fields, each fault in the words of the caller's API."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.dialects.callers.errors import CallerRefusal
from portal.dialects.callers.fields.field import Fate, Field, Table

Path = tuple[str | int, ...]
"""Where a value stands in the body: names of fields and indexes of lists."""


MOST_NAMED = 50
"""How many fields that are left out are named: the answer's headers hold them."""

LONGEST_NAME = 80

_UNLIKE_A_NAME = re.compile(r"[^A-Za-z0-9_.\-]")


@dataclass(frozen=True)
class Words:
    """How an API says what is wrong; `{at}` is the path, `{what}` what had to stand there, `{why}` the table's note."""

    dotted: bool
    missing: str
    wrong: str
    choice: str
    extra: str

    def at(self, path: Path) -> str:
        """The path as the API writes it: `messages[0].role`, or `messages.0.role`."""
        if self.dotted:
            return ".".join(map(str, path))
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


OPENAI = Words(
    dotted=False,
    missing="Missing required parameter: '{at}'.",
    wrong="Invalid type for '{at}': expected {what}.",
    choice="Invalid value for '{at}': expected {what}.",
    extra="Unsupported parameter: '{at}'. {why}",
)
ANTHROPIC = Words(
    dotted=True,
    missing="{at}: Field required",
    wrong="{at}: Input should be {what}",
    choice="{at}: Input should be {what}",
    extra="{at}: Extra inputs are not permitted",
)

TEXT, LIST, OBJECT, WHOLE, NUMBER, SWITCH = (
    "a valid string",
    "a valid list",
    "a valid dictionary",
    "a valid integer",
    "a valid number",
    "a valid boolean",
)


@dataclass
class Reader:
    """One reading of one request. `left_out` grows as fields are met that are not carried."""

    table: Table
    words: Words
    left_out: dict[str, None] = field(default_factory=dict)

    def fields(self, value: object, path: Path, place: str) -> dict[str, Any]:
        """The carried fields of an object that are set; what the table leaves out is noted, what it refuses raises."""
        rows = self.table[place]
        carried: dict[str, Any] = {}
        for name, inner in self.mapping(value, path).items():
            if inner is None:
                continue
            row = rows.get(name)
            if row is not None and row.fate is Fate.CARRIED:
                carried[name] = inner
            elif row is None or row.fate is Fate.LEFT_OUT:
                if row is None or inner not in row.harmless:
                    self.leave_out(_named(place, name))
            elif not _harmless(inner, row):
                raise self.unsupported((*path, name), row.note)
        return carried

    def leave_out(self, name: str) -> None:
        """Notes that something is not carried. What a caller made up is told as far as it looks like a name."""
        if len(self.left_out) < MOST_NAMED:
            self.left_out[_UNLIKE_A_NAME.sub("", name)[:LONGEST_NAME] or "?"] = None

    def mapping(self, value: object, path: Path) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(path, OBJECT)
        return value

    def entries(self, value: object, path: Path) -> Iterator[tuple[Path, Any]]:
        """The path and the value of each entry."""
        if not isinstance(value, list):
            raise self.wrong(path, LIST)
        return (((*path, index), inner) for index, inner in enumerate(value))

    def text(self, found: Mapping[str, Any], name: str, path: Path, *, required: bool = False) -> str:
        """The text of a field; blank where there is none."""
        if name not in found:
            if required:
                raise self.missing((*path, name))
            return ""
        value = found[name]
        if not isinstance(value, str):
            raise self.wrong((*path, name), TEXT)
        return value

    def kind(self, value: object, path: Path, usual: str = "") -> str:
        """The `type` of an object, before anything else of it is looked at; required where there is no usual one."""
        found = {
            name: inner for name, inner in self.mapping(value, path).items() if name == "type" and inner is not None
        }
        return self.text({"type": usual, **found} if usual else found, "type", path, required=True)

    def switch(self, found: Mapping[str, Any], name: str, path: Path) -> bool | None:
        value = found.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong((*path, name), SWITCH)
        return value

    def whole(self, found: Mapping[str, Any], name: str, path: Path, least: int = 1) -> int | None:
        """A whole number."""
        value = found.get(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong((*path, name), WHOLE)
        if value < least:
            raise self.choice((*path, name), f"greater than or equal to {least}")
        return value

    def number(self, found: Mapping[str, Any], name: str, path: Path, low: float, high: float) -> float | None:
        value = found.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong((*path, name), NUMBER)
        if not low <= value <= high:
            side = f"greater than or equal to {low:g}" if value < low else f"less than or equal to {high:g}"
            raise self.choice((*path, name), side)
        return value

    def word(self, found: Mapping[str, Any], name: str, path: Path, choices: Sequence[str]) -> str:
        """One of the words, required."""
        value = self.text(found, name, path, required=True)
        if value not in choices:
            raise self.choice((*path, name), listed(choices))
        return value

    def missing(self, path: Path) -> CallerRefusal:
        return self._refusal("missing_required_parameter", self.words.missing, path)

    def wrong(self, path: Path, what: str) -> CallerRefusal:
        return self._refusal("invalid_type", self.words.wrong, path, what=what)

    def choice(self, path: Path, what: str) -> CallerRefusal:
        return self._refusal("invalid_value", self.words.choice, path, what=what)

    def unsupported(self, path: Path, why: str) -> CallerRefusal:
        return self._refusal("unsupported_parameter", self.words.extra, path, why=why)

    def _refusal(self, code: str, sentence: str, path: Path, **blanks: str) -> CallerRefusal:
        at = self.words.at(path)
        return CallerRefusal(400, code, sentence.format(at=at or "body", **blanks), at or None)


def listed(choices: Sequence[str]) -> str:
    """`'a', 'b' or 'c'`."""
    quoted = [f"'{choice}'" for choice in choices]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else quoted[0]


def _named(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _harmless(value: object, row: Field) -> bool:
    return any(value == one and type(value) is type(one) for one in row.harmless)
