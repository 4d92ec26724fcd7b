"""A key that was sent must not come back: not in a body, a header or an error, in whatever spelling it is echoed."""

import base64
import contextlib
import functools
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from portal.dialects.secret import Secret
from portal.wire.folded_redaction import DOTS, FoldedRedactor, FoldedStreamRedactor

LEAST_IN_TEXT = 4
LEAST_IN_ERRORS = 5
LEAST_IN_ANSWERS = 8
"""Shorter keys are no secrets but placeholders, and would be found by chance in the middle of ordinary words."""


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every spelling of every secret turned into dots."""
    return Redactor(secrets).text(text)


_NEEDLESS = re.compile(rb"(?<!\\)((?:\\\\)*)\\u00(2[013-9a-fA-F]|[346][0-9a-fA-F]|5[0-9abdefABDEF]|7[0-9a-eA-E])")
"""A plain character that JSON writes as a code, which nobody has to: a key could hide in it until the JSON is read."""

_UNFINISHED = re.compile(rb"\\+(?:u(?:0(?:0[2-7]?)?)?)?$")
"""What may be the beginning of one, at the end of what has arrived."""

_LONGEST_UNFINISHED = 8
"""Its last backslash is one of so many last bytes."""


def _plainly(data: bytes) -> bytes:
    """The same JSON with needless escapes undone; what is no JSON reads the same, too."""
    if b"\\u00" not in data:
        return data
    return _NEEDLESS.sub(lambda found: found[1] + bytes.fromhex(found[2].decode()), data)


def spellings(secret: str) -> set[str]:
    """How a secret may be written: as it is, and escaped for URLs, JSON, HTML, in hex and base64."""
    found = {secret, html.escape(secret), secret.replace("/", r"\/")}
    found |= {secret.encode().hex(), secret.encode().hex().upper(), secret.upper(), secret.lower()}
    found |= {quote(quote(secret, safe=""), safe="")}
    for safe in ("", "/"):
        found.add(quote(secret, safe=safe))
    found.add(quote_plus(secret))
    found |= {re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), text) for text in found.copy()}
    for careful in (True, False):
        once = json.dumps(secret, ensure_ascii=careful)[1:-1]
        found |= {once, json.dumps(once, ensure_ascii=careful)[1:-1]}
    for hexed in ("{:04x}", "{:04X}"):  # Go and .NET write these so in their JSON
        found.add(re.sub("[<>&+'\"=`]", lambda match, hexed=hexed: r"\u" + hexed.format(ord(match[0])), secret))
    return found | _in_base64(secret)


def _in_base64(secret: str) -> set[str]:
    """The part that stays the same wherever in a longer encoded text the secret begins."""
    data = secret.encode()
    if len(data) < LEAST_IN_ANSWERS:
        return set()
    found = set()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        certain = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        found |= {certain, certain.replace("+", "-").replace("/", "_")}
    return found


_OPEN_PARTS = frozenset({"client_email", "access_key_id"})
"""What names a credential of several parts, and is shown on pages."""


def _parts(text: str) -> Iterator[str]:
    """What of a credential is secret: all of it, or those parts of it."""
    parts = None
    if text.startswith("{"):
        with contextlib.suppress(ValueError):
            parts = json.loads(text)
    if not isinstance(parts, dict):
        yield text
        return
    yield from (part for name, part in parts.items() if isinstance(part, str) and name not in _OPEN_PARTS)


class Needles:
    """What is looked for in bytes, longest first, and what tells at a glance that none of them begins at their end."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        self.all = sorted(needles, key=len, reverse=True)
        self.longest, self.shortest = (len(self.all[0]), len(self.all[-1])) if self.all else (0, 0)
        self._ends = {needle[:size] for needle in self.all for size in (1, 2)}
        self._ends |= {needle[start : start + 3] for needle in self.all for start in range(len(needle) - 2)}

    def may_begin_at_the_end_of(self, data: bytes) -> bool:
        """False where certainly none does: the last three bytes are in none, the last two and one begin none."""
        return data[-1:] in self._ends or data[-2:] in self._ends or data[-3:] in self._ends


LONGEST_REMEMBERED, MOST_REMEMBERED = 100, 512
"""How long a text may be that is remembered because nothing was found in it, and how many such texts are."""


class Sought:
    """What is looked for to hide some secrets: worked out once for them, for it is asked of every answer."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self._needles: dict[int, Needles] = {}
        self._clean: set[str] = set()

    @functools.cached_property
    def spelled(self) -> list[tuple[str, int]]:
        """Every spelling and the length of its secret, longest first."""
        found = {spelling: len(secret) for secret in self._secrets for spelling in spellings(secret)}
        return sorted(found.items(), key=lambda pair: len(pair[0]), reverse=True)

    @functools.cached_property
    def folded(self) -> FoldedRedactor:
        return FoldedRedactor(self._secrets)

    def needles(self, least: int) -> Needles:
        """Every spelling of those that are at least so long."""
        found = self._needles.get(least)
        if found is None:
            found = Needles(spelling.encode() for spelling, length in self.spelled if length >= least)
            self._needles[least] = found
        return found

    def is_known_to_be_clean(self, text: str) -> bool:
        """Whether nothing was found in just this text before: most headers are the same in every answer."""
        return text in self._clean

    def remember_as_clean(self, text: str) -> None:
        """Look for nothing in it the next time, where it is short."""
        if len(text) > LONGEST_REMEMBERED:
            return
        if len(self._clean) >= MOST_REMEMBERED:
            self._clean.clear()
        self._clean.add(text)


MOST_SOUGHT = 64
"""Requests' keys whose spellings a process remembers, the latest used last. It can open those keys at any time."""

_sought = functools.lru_cache(MOST_SOUGHT)(Sought)


class Redactor:
    """What hides the secrets of one request in all that comes back from it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._sought = _sought(tuple(secret for secret in secrets if len(secret) >= LEAST_IN_TEXT))

    def text(self, text: str) -> str:
        """The text with every spelling of the secrets in dots, and whatever else is left of them."""
        if not text or self._sought.is_known_to_be_clean(text):
            return text
        hidden = _plainly(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        for spelling, _ in self._sought.spelled:
            if spelling in hidden:
                hidden = hidden.replace(spelling, DOTS)
        hidden = self._sought.folded.text(hidden)
        if hidden == text:
            self._sought.remember_as_clean(text)
        return hidden

    def words_of(self, text: str) -> str:
        """The same for what was read out of an answer, which is touched more gently: codes in it stay codes."""
        words = self.words()
        return words.feed(text) + words.end()

    @classmethod
    def over(cls, secrets: Iterable[Secret]) -> "Redactor":
        """One that hides these, and each part of those that are made of several."""
        return cls(text for secret in secrets for text in _parts(secret.bare()))

    def words(self) -> "TextRedactor":
        """For the text of an answer that arrives in chunks."""
        return TextRedactor(self.stream_redactor(200, coded=False), FoldedStreamRedactor(self._sought.folded))

    def stream_redactor(self, status: int, *, coded: bool = True) -> "StreamRedactor":
        """For the body of an answer with this status. Answers are touched more gently than errors."""
        least = LEAST_IN_ANSWERS if status < 300 else LEAST_IN_ERRORS
        return StreamRedactor(self._sought.needles(least), coded=coded)


class StreamRedactor:
    """Hides secrets in a body that arrives in chunks, and holds back only what may be the beginning of one.

    `coded` says that it may be JSON, in whose codes a secret can be spelled.
    """

    def __init__(self, needles: Needles, *, coded: bool = True) -> None:
        self._coded = coded
        self._needles = needles
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What may be passed on now."""
        if not self._needles.all:
            return data
        data = self._held + data
        data = self._hide(_plainly(data) if self._coded else data)
        unfinished = _UNFINISHED.search(data) if self._coded and b"\\" in data[-_LONGEST_UNFINISHED:] else None
        keep = len(unfinished[0]) if unfinished else 0
        keep += self._beginning_of_one(data[: len(data) - keep])
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def end(self) -> bytes:
        """What was held back; in dots where it is too much of a secret to be shown."""
        held, self._held = self._held, b""
        shown = self._beginning_of_one(_UNFINISHED.sub(b"", held))
        return held if shown < LEAST_IN_ERRORS else DOTS.encode()

    def _hide(self, data: bytes) -> bytes:
        if len(data) < self._needles.shortest:
            return data
        for needle in self._needles.all:
            if needle in data:
                data = data.replace(needle, DOTS.encode())
        return data

    def _beginning_of_one(self, data: bytes) -> int:
        """How many of the last bytes are the beginning of a needle."""
        if not self._needles.may_begin_at_the_end_of(data):
            return 0
        tail = data[-(self._needles.longest - 1) :]
        most = 0
        for needle in self._needles.all:
            start = tail.find(needle[:1], max(0, len(tail) - len(needle) + 1))
            while start >= 0 and len(tail) - start > most:
                if needle.startswith(tail[start:]):
                    most = len(tail) - start
                    break
                start = tail.find(needle[:1], start + 1)
        return most


class TextRedactor:
    """The same for text: what was read out of its JSON already, so that codes in it are what somebody wrote.

    Nothing reads or cleans it afterwards but pages, so here also signs between the letters of a key are looked past.
    """

    def __init__(self, stream_redactor: StreamRedactor, folded: FoldedStreamRedactor) -> None:
        self._stream_redactor = stream_redactor
        self._folded = folded

    def feed(self, text: str) -> str:
        """What may be passed on now. Only plain letters are ever held back, so that no character is cut."""
        if not text:
            return ""  # what waits still waits
        return self._folded.feed(self._exact(self._stream_redactor.feed(text.encode("utf-8", "surrogatepass"))))

    def end(self) -> str:
        return self._folded.feed(self._exact(self._stream_redactor.end())) + self._folded.end()

    @staticmethod
    def _exact(data: bytes) -> str:
        return data.decode("utf-8", "surrogatepass")
