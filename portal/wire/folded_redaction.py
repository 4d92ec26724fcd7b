"""What is left of a key when signs stand between its letters, or when only a long part of it came back.

Pages drop signs that nobody sees, Markdown drops its own, browsers read escapes: a key that was not there letter by
letter when it was looked for is there afterwards. So what is compared are letters and digits alone, folded.
"""

import base64
import functools
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DOTS = "••••"

LEAST = 8
"""Letters and digits of a key that is looked for; shorter ones are found letter by letter, or are placeholders."""

PART = 12
"""So many letters in a row are too much of a key to be shown."""

_GRAM = 6
_END = 4
"""From so many letters on it counts that they are in the midst of a secret; fewer have to begin one."""

_LONGEST_ENCODED = 400
"""Of longer secrets, which are whole files, nobody is expected to return hex or base64 with signs in between."""

_HELD = 8_192
"""The most that a stream holds back."""

_BEGUN = 200
"""The longest beginning of a secret that is waited for; after so much of one, its parts are found."""

_ESCAPE = re.compile(
    r"%(?P<url>[0-9A-Fa-f]{2})|&#(?P<dec>\d{1,7});?|&#[xX](?P<hex>[0-9A-Fa-f]{1,6});?|(?P<name>&[A-Za-z]{2,31};)"
    r"|\\+(?:u(?P<u>[0-9A-Fa-f]{4})|x(?P<x>[0-9A-Fa-f]{2})|[nrtbf0])|</?[A-Za-z][^<>]{0,100}>|<!--[^<>]{0,100}-->"
)
_UNFINISHED = re.compile(
    r"(?:%(?:25)*[0-9A-Fa-f]?|&(?:amp;)*#?\w{0,8}|\\+(?:u[0-9A-Fa-f]{0,3}|x[0-9A-Fa-f]?)?|</?[A-Za-z]{0,8})$"
)
_ESCAPING = re.compile(r"[%&\\<]")
"""What an escape or a tag begins with."""

_NO_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by name, which nobody sees."""


def _sign(found: re.Match[str]) -> str:
    """The letter that an escape stands for; "" for one that stands for none, and for tags."""
    kind = found.lastgroup
    if kind is None:
        return ""
    if kind == "name":
        return html.unescape(found[kind])
    number = int(found[kind], 10 if kind == "dec" else 16)
    # Beyond ASCII one escape of a URL is a part of a letter, and none of a key's.
    return "" if (kind == "url" and number > 127) or number > 0x10FFFF else chr(number)


@functools.lru_cache(4096)
def _folded(character: str) -> str:
    """The letters and digits that a reader sees in it, without a difference that a reader does not see."""
    if character in _NO_LETTERS:
        return ""
    return "".join(sign for sign in unicodedata.normalize("NFKC", character).casefold() if sign.isalnum())


@dataclass(frozen=True)
class _Letters:
    """The letters and digits of a text, and from where to where in it each stands."""

    letters: str
    starts: list[int]
    ends: list[int]


_NO_LETTER = re.compile("[^a-z0-9]+")


def _bare(text: str) -> str:
    if text.isascii():
        return _NO_LETTER.sub("", text.lower())
    return "".join(map(_folded, text))


def _placed(text: str) -> _Letters:
    return _letters([(sign, place, place + 1) for place, sign in enumerate(text)])


def _letters(signs: Iterable[tuple[str, int, int]]) -> _Letters:
    found = [(letter, start, end) for sign, start, end in signs for letter in _folded(sign)]
    return _Letters("".join(letter for letter, _, _ in found), [item[1] for item in found], [item[2] for item in found])


def _read(text: str) -> _Letters:
    """The same once escapes are read and tags taken out, as often as there are some."""
    signs = [(sign, place, place + 1) for place, sign in enumerate(text)]
    for _ in range(3):
        written = "".join(sign for sign, _, _ in signs)
        read: list[tuple[str, int, int]] = []
        last = 0
        for found in _ESCAPE.finditer(written):
            start, end = found.span()
            read += signs[last:start]
            read += [(sign, signs[start][1], signs[end - 1][2]) for sign in _sign(found)]
            last = end
        if not last:
            break
        signs = read + signs[last:]
    return _letters(signs)


def _readings(text: str) -> Iterator[_Letters]:
    """A text as it stands and, where that may differ, as it reads."""
    yield _placed(text)
    if _ESCAPING.search(text):
        yield _read(text)


def _needles(secret: str) -> Iterator[tuple[str, str]]:
    """A secret and its encoded forms: each as letters alone, folded and as they are."""
    yield _bare(secret), re.sub(r"[\W_]+", "", secret)
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) <= _LONGEST_ENCODED:
        yield data.hex(), data.hex()
        for before in range(3):
            encoded = base64.b64encode(bytes(before) + data).decode()
            certain = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
            yield _bare(certain), re.sub("[^A-Za-z0-9]+", "", certain)


def _tells(part: str) -> bool:
    """Words between hyphens are found in ordinary sentences; digits, or capitals among small letters, tell a key."""
    return any(map(str.isdecimal, part)) or (part != part.lower() and part != part.upper())


class FoldedRedactor:
    """Finds what is left of some secrets in a text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._needles: list[str] = []
        self._pieces: dict[int, dict[str, bool]] = {}
        """Pieces by their length, and whether one alone proves that a secret is there."""
        for folded, cased in (pair for secret in secrets if len(_bare(secret)) >= LEAST for pair in _needles(secret)):
            self._needles.append(folded)
            self._pieces.setdefault(len(folded), {})[folded] = True
            cased = cased if len(cased) == len(folded) else folded
            for start in range(len(folded) - PART + 1):
                pieces, part = self._pieces.setdefault(PART, {}), folded[start : start + PART]
                pieces[part] = pieces.get(part, False) or _tells(cased[start : start + PART])
        self._grams = {
            needle[start : start + _GRAM] for needle in self._needles for start in range(len(needle) - _GRAM + 1)
        }
        self._ends = {
            needle[start : start + _END] for needle in self._needles for start in range(len(needle) - _END + 1)
        } | {needle[:length] for needle in self._needles for length in range(1, _END)}
        self._step = min(PART, *self._pieces, PART) - _GRAM + 1
        self._tail = 4 * max(map(len, self._needles), default=0) + 100

    def __bool__(self) -> bool:
        return bool(self._needles)

    def text(self, text: str) -> str:
        """The text with what is left of the secrets turned into dots."""
        if not self._may_hold(text):
            return text
        spans = [
            (found.starts[start], found.ends[end - 1])
            for found in _readings(text)
            for start, end in self._runs(found.letters)
        ]
        return _dotted(text, spans)

    def _may_hold(self, text: str) -> bool:
        """A quick look: False where certainly nothing is."""
        if not self._needles:
            return False
        readings = [_bare(text)]
        if _ESCAPING.search(text):
            readings.append(_read(text).letters)
        return any(
            letters[place : place + _GRAM] in self._grams
            for letters in readings
            for place in range(0, len(letters) - _GRAM + 1, self._step)
        )

    def _runs(self, letters: str) -> list[tuple[int, int]]:
        """From where to where letters belong to a secret, in order."""
        runs: list[tuple[int, int, bool]] = []
        for start in range(len(letters)):
            for length, pieces in self._pieces.items():
                proves = pieces.get(letters[start : start + length])
                if proves is None:
                    continue
                end = start + length
                if runs and start < runs[-1][1]:
                    runs[-1] = (runs[-1][0], max(end, runs[-1][1]), proves or runs[-1][2])
                else:
                    runs.append((start, end, proves))
        return [(start, end) for start, end, proven in runs if proven]

    def open_from(self, text: str) -> int:
        """Where in a text begins what may go on as a secret in the next chunk; its length where nothing does."""
        if self._ends_outside(text):
            return len(text)
        before, tail = len(text[: -self._tail]), text[-self._tail :]
        unfinished = _UNFINISHED.search(tail)
        place = unfinished.start() if unfinished else len(tail)
        for found in _readings(tail[:place]):
            letters = found.letters
            runs = self._runs(letters)
            if runs and runs[-1][1] == len(letters):
                place = min(place, found.starts[runs[-1][0]])
            for length in self._begun(letters):
                place = min(place, found.starts[len(letters) - length])
        return before + place

    def _ends_outside(self, text: str) -> bool:
        """A quick look: True where certainly no secret goes on, for its last letters are in none and begin none."""
        if _ESCAPING.search(text):
            return False
        letters, ends = _bare(text), self._ends
        return not (letters[-1:] in ends or letters[-2:] in ends or letters[-3:] in ends or letters[-_END:] in ends)

    def _begun(self, letters: str) -> Iterator[int]:
        """How many of the last letters begin a secret, or are in the middle of one."""
        for needle in self._needles:
            for length in range(min(len(letters), len(needle) - 1, _BEGUN), 0, -1):
                tail = letters[-length:]
                if needle.startswith(tail) or (_END <= length < PART and tail in needle):
                    yield length
                    break


def _dotted(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in sorted(_joined(spans), reverse=True):
        text = text[:start] + DOTS + text[end:]
    return text


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


class FoldedStreamRedactor:
    """The same for a text that arrives in chunks; what may be the beginning of a secret waits for the next one."""

    def __init__(self, redactor: FoldedRedactor) -> None:
        self._redactor = redactor
        self._held = ""

    def feed(self, text: str) -> str:
        """What may be passed on now."""
        if not self._redactor:
            return text
        text = self._held + text
        place = self._redactor.open_from(text) if len(text) <= _HELD else len(text)
        self._held = text[place:]
        return self._redactor.text(text[:place])

    def end(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return self._redactor.text(held)
