"""Thinking that comes as text between tags, at the very beginning of an answer: told apart from the answer itself.

Servers that do not know their model's template pass `<think>…</think>` on as it was written, and where the template
writes the opening tag itself, the closing one alone. The same tags later in an answer are text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from portal.dialects.conversation import ChatDelta, ChatResponse, Reasoning, Text, parts_of
from portal.domain.faults import UpstreamError

TAGS = ("think", "thinking", "thought", "reasoning", "seed:think")
"""What models call what they think."""

_ANY = "|".join(TAGS)
_OPENING = re.compile(rf"\s*<({_ANY})>", re.IGNORECASE)
_CLOSING_FIRST = re.compile(rf"\s*</({_ANY})>\s*", re.IGNORECASE)
_CLOSING = re.compile(rf"\r?\n[ \t]*</({_ANY})>[ \t]*(?=\r?\n)", re.IGNORECASE)
_CLOSING_LAST = re.compile(rf"\r?\n[ \t]*</({_ANY})>\s*$", re.IGNORECASE)
_MAY_CLOSE = re.compile(r"\r?\n[ \t]{0,8}(<(/[a-z:]{0,12}(>[ \t\r]{0,8})?)?)?$|\r$", re.IGNORECASE)
_MOST_HELD = 40
_FENCE = "```"


def folded(deltas: Iterable[ChatDelta]) -> Iterator[ChatDelta]:
    """The same pieces, thinking between tags as thinking. Only what may be the beginning of a tag waits."""
    reader = _Reader()
    try:
        for delta in deltas:
            if reader.is_settled(delta):
                yield delta
            else:
                yield from reader.take(delta)
    except UpstreamError:
        yield from reader.rest()
        raise
    yield from reader.rest()


def folded_whole(answer: ChatResponse) -> ChatResponse:
    """The same for an answer that came whole."""
    text, thinking = "", ""
    for delta in folded([ChatDelta(answer.text, answer.thinking)]):
        if delta.folds:
            text, thinking = "", thinking + text
        text, thinking = text + delta.text, thinking + delta.thinking
    if (text, thinking) == (answer.text, answer.thinking):
        return answer
    rest = tuple(part for part in answer.parts if not isinstance(part, Text | Reasoning))
    return replace(answer, parts=parts_of(text, thinking) + rest)


class _Reader:
    """Reads the text of an answer from tag to tag."""

    def __init__(self) -> None:
        self._held = ""
        self._read = self._read_beginning
        self._closing = ""
        self._thinks = False
        self._told: list[str] = []  # the text so far, which a closing tag alone may still fold
        self._has_thoughts = False

    def is_settled(self, delta: ChatDelta) -> bool:
        """Whether it is passed on as it is, as nearly all are: words of the answer in which no line ends."""
        return bool(delta.text) and delta.call is None and delta.finish_reason is None and self._is_plain(delta)

    def take(self, delta: ChatDelta) -> Iterator[ChatDelta]:
        """The pieces that this one makes known; what it says beside its words goes with the last of them."""
        if delta.call is not None:
            # What was said before a tool is called stays before it.
            yield from self.rest()
        self._has_thoughts = self._has_thoughts or bool(delta.thinking)
        if delta.finish_reason is None and not delta.text:
            yield delta
            return
        self._held += delta.text
        pieces = [*self._pieces(), *(self.rest() if delta.finish_reason is not None else ())]
        if delta.thinking:
            yield ChatDelta(thinking=delta.thinking)
        yield from pieces[:-1]
        last = pieces[-1] if pieces else ChatDelta()
        told = replace(delta, text=last.text, thinking=last.thinking, folds=last.folds)
        if told:
            yield told

    def _is_plain(self, delta: ChatDelta) -> bool:
        """Whether it is text and stays so: no line ends in it, and nothing waits before it."""
        if self._held or delta.thinking or "\n" in delta.text or "\r" in delta.text:
            return False
        if self._read == self._read_text:
            self._told.append(delta.text)
            return True
        return self._read == self._read_settled

    def rest(self) -> Iterator[ChatDelta]:
        """What waits at the end of the answer, or before a fault; none is left."""
        held, self._held = self._held, ""
        tag = _CLOSING_LAST.search(held) if self._read == self._read_text else None
        if tag and self._may_fold(held[: tag.start()]):
            yield ChatDelta(thinking=held[: tag.start()], folds=True)
        elif held and self._read == self._read_thinking:
            yield ChatDelta(thinking=held)
        elif held and self._read != self._read_blanks:
            yield ChatDelta(text=held)

    def _pieces(self) -> Iterator[ChatDelta]:
        """Read on until what is held must wait for more."""
        before = None
        while self._held and before != (self._read, self._held):
            before = self._read, self._held
            yield from self._read()

    def _read_beginning(self) -> Iterator[ChatDelta]:
        if opening := _OPENING.match(self._held):
            self._closing, self._held = f"</{opening[1]}>".lower(), self._held[opening.end() :]
            self._read = self._read_thinking
        elif (closing := _CLOSING_FIRST.match(self._held)) and not self._has_thoughts:
            self._held, self._read = self._held[closing.end() :], self._read_blanks
        else:
            start = self._held.lstrip().lower()
            if not any(f"<{slash}{tag}>".startswith(start) for tag in TAGS for slash in ("", "/")):
                self._read = self._read_settled if self._has_thoughts else self._read_text
        yield from ()

    def _read_thinking(self) -> Iterator[ChatDelta]:
        if not self._thinks:
            self._held = self._held.lstrip("\r\n")
            self._thinks = bool(self._held)
        at = self._held.lower().find(self._closing)
        if at >= 0:
            thinking, self._held = self._held[:at], self._held[at + len(self._closing) :]
            self._read = self._read_blanks
        else:
            lower, tag = self._held.lower(), self._closing
            keep = next((size for size in range(len(tag) - 1, 0, -1) if lower.endswith(tag[:size])), 0)
            thinking, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        if thinking:
            yield ChatDelta(thinking=thinking)

    def _read_blanks(self) -> Iterator[ChatDelta]:
        """The blank lines behind a closing tag belong to nobody."""
        self._held = self._held.lstrip()
        if self._held:
            self._read = self._read_settled
        yield from ()

    def _read_text(self) -> Iterator[ChatDelta]:
        """Text, as long as no closing tag on a line of its own says that it was thinking."""
        if tag := _CLOSING.search(self._held):
            before, self._held = self._held[: tag.start()], self._held[tag.end() :]
            if self._may_fold(before):
                self._read = self._read_blanks
                yield ChatDelta(thinking=before, folds=True)
            else:
                self._read = self._read_settled
                yield ChatDelta(text=before + tag[0])
            return
        waiting = _MAY_CLOSE.search(self._held[-_MOST_HELD:])
        keep = len(waiting[0]) if waiting else 0
        text, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        if text:
            self._told.append(text)
            yield ChatDelta(text=text)

    def _read_settled(self) -> Iterator[ChatDelta]:
        text, self._held = self._held, ""
        yield ChatDelta(text=text)

    def _may_fold(self, last: str) -> bool:
        """Whether a closing tag behind this text ends thinking: not in a block of code, not of a tag that was opened,
        not where the thinking had its own place."""
        text = "".join(self._told) + last
        opened = any(f"<{tag}>" in text.lower() for tag in TAGS)
        return not self._has_thoughts and not opened and text.count(_FENCE) % 2 == 0
