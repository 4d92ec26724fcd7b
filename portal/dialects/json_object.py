"""A JSON object as it was sent: its top level is read, and some of its values changed; every other byte stays."""

import json
import re
from collections.abc import Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.scanner import make_scanner
from typing import Any

_SPACE = " \t\n\r"
_ENDLESS = re.compile(r"NaN|Infinity|\d[eE]\+?\d{3}|\d{309}")
"""What stands in every text in which a number may have been read that JSON cannot write."""

_scan = make_scanner(json.JSONDecoder())  # type: ignore[arg-type]


class NotAnObject(ValueError):
    """What was sent is no JSON object, in UTF-8; the text says why."""


class JsonObject:
    """The object in `data`: its values by name, and where each stands. Of a name that comes twice the last counts.

    Raises `NotAnObject`.
    """

    def __init__(self, data: bytes) -> None:
        self.values: dict[str, Any] = {}
        self._spans: list[tuple[str, int, int]] = []
        try:
            self._text = data.decode("utf-8-sig")
            self._begin = self._read()
        except (ValueError, StopIteration, IndexError, RecursionError) as error:
            raise NotAnObject("it is no object in UTF-8.") from error

    @property
    def only_json(self) -> bool:
        """Whether its values can be written as JSON again: NaN and Infinity are read, and are none."""
        if not _ENDLESS.search(self._text):
            return True
        try:
            json.dumps(self.values, allow_nan=False)
        except ValueError:
            return False
        return True

    def changed(self, changes: Mapping[str, Any], *, without: frozenset[str] = frozenset()) -> bytes:
        """The same bytes with these values in place of those of their names, or added; some left out."""
        written = {
            name: json.dumps(value, ensure_ascii=False, separators=(",", ":")) for name, value in changes.items()
        }
        text, parts, place = self._text, [], self._begin
        added = [f"{json.dumps(name)}:{value}" for name, value in written.items() if name not in self.values]
        if without & self.values.keys():
            return self._rebuilt(written, added, without)
        parts.append(text[: self._begin])
        if added:
            parts.append(",".join(added) + ("," if self._spans else ""))
        for name, start, end in self._spans:
            if name in written:
                parts += (text[place:start], written[name])
                place = end
        parts.append(text[place:])
        return "".join(parts).encode("utf-8", "surrogatepass")

    def _rebuilt(self, written: Mapping[str, str], added: list[str], without: frozenset[str]) -> bytes:
        kept = [
            f"{json.dumps(name, ensure_ascii=False)}:{written.get(name, self._text[start:end])}"
            for name, start, end in self._spans
            if name not in without
        ]
        return ("{" + ",".join(added + kept) + "}").encode("utf-8", "surrogatepass")

    def _read(self) -> int:
        """Read all of it; returns where the inside of the object begins."""
        text = self._text
        place = begin = self._after(0, "{")
        if text[self._skip(place)] == "}":
            return self._ended(self._skip(place) + 1, begin)
        while True:
            place = self._after(place, '"')
            name, place = scanstring(text, place, True)
            start = self._skip(self._after(place, ":"))
            value, place = _scan(text, start)
            self.values[name] = value
            self._spans.append((name, start, place))
            place = self._skip(place)
            if text[place] == "}":
                return self._ended(place + 1, begin)
            place = self._after(place, ",")

    def _ended(self, place: int, begin: int) -> int:
        if self._text[place:].strip(_SPACE):
            raise ValueError
        return begin

    def _after(self, place: int, sign: str) -> int:
        place = self._skip(place)
        if self._text[place] != sign:
            raise ValueError
        return place + 1

    def _skip(self, place: int) -> int:
        text = self._text
        while text[place] in _SPACE:
            place += 1
        return place


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
