"""The words by which a text is found again, and where in it they stand: the same for every database and script.

Case, accents and widths do not count. Scripts that write no spaces are cut into pairs of characters, so that any part
of two characters or more is found in them.
"""

import re
import unicodedata
from collections.abc import Iterable

MOST_WORDS = 20_000
"""Different words that are kept of one text: what goes beyond is a table of numbers, not something one looks for."""

MOST_BYTES = 800_000
LONGEST_WORD = 40
MOST_ASKED = 12
"""Words of one search."""

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+)"
)
"""Thai, Lao, Burmese, Khmer, kana and Chinese characters."""


class _Folding(dict[int, str | None]):
    """What a character folds to, worked out when it is first met: marks fold to nothing."""

    def __missing__(self, code: int) -> str | None:
        kept = None if unicodedata.category(chr(code)).startswith("M") else chr(code)
        self[code] = kept
        return kept


_FOLDING = _Folding()


def folded(text: str) -> str:
    """Text without what a search does not look at."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).casefold().translate(_FOLDING)


def words_of(text: str) -> list[str]:
    """The different words of a text in the order of their first appearance, as many as are kept."""
    words: dict[str, None] = {}
    size = 0
    for word in _each(folded(text)):
        if word not in words:
            size += len(word.encode()) + 3
            if len(words) >= MOST_WORDS or size > MOST_BYTES:
                break
            words[word] = None
    return list(words)


def asked_for(search: str) -> list[str]:
    """What a search asks for: a text is found that holds, for each of these, a word that begins with it."""
    return list(dict.fromkeys(_each(folded(search))))[:MOST_ASKED]


def _each(text: str) -> Iterable[str]:
    for found in _WORD.finditer(text):
        run = found.group()
        if run.isascii():
            yield run[:LONGEST_WORD]
            continue
        for place, part in enumerate(_UNSPACED.split(run)):
            if place % 2 == 0:
                if part:
                    yield part[:LONGEST_WORD]
            elif len(part) == 1:
                yield part
            else:
                yield from (part[at : at + 2] for at in range(len(part) - 1))


LOOKED_THROUGH = 200_000
"""Characters of a text in which the place is looked for."""

_SPOKEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
BEFORE, AFTER = 40, 120


def place_of(text: str, asked: Iterable[str]) -> tuple[str, str, str] | None:
    """The first word that was asked for, with what stands before and after it on its line; None where there is none."""
    asked, text = tuple(asked), text[:LOOKED_THROUGH]
    for found in _SPOKEN.finditer(text):
        word, at, end = found.group(), found.start(), found.end()
        if _UNSPACED.search(word):  # no word begins in the midst of these scripts: the place itself is looked for
            places = [(here, one) for one in asked if (here := word.find(one)) >= 0]
            if not places:
                continue
            here, one = min(places)
            at, end = found.start() + here, found.start() + here + len(one)
        elif not folded(word).startswith(asked):
            continue
        line, line_end = text.rfind("\n", 0, at) + 1, text.find("\n", end)
        line_end = line_end if line_end >= 0 else len(text)
        start, stop = max(line, at - BEFORE), min(line_end, end + AFTER)
        before, after = text[start:at], text[end:stop]
        if start > line:
            before = "…" + before[before.find(" ") + 1 :]
        if stop < line_end:
            after = (after[: after.rfind(" ")] if " " in after else after) + "…"
        return before, text[at:end], after
    return None
