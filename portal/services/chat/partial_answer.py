"""An answer as far as it has arrived: its words, its thinking, and what its provider said beside them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from portal.dialects.conversation import ChatDelta, FinishReason, Usage
from portal.domain.chats import ANSWER_LIMIT, TextBuffer
from portal.services.chat.checkpoints import Running
from portal.services.chat.events import Arrived, Event, Thought
from portal.services.chat.outcomes import Columns


class PartialAnswer:
    """What has arrived of one attempt, whichever key it was asked with; the time counts from when it is made.

    Each piece is laid where checkpoints find it; `has_begun` is called once, with the first words or thoughts.
    """

    def __init__(self, running: Running, has_begun: Callable[[], None]) -> None:
        self.text, self.thinking = TextBuffer(), TextBuffer()
        self.usage: Usage | None = None
        self.finish_reason: FinishReason | None = None
        self.model = self.request_id = ""
        self.first_ms: int | None = None
        self.thought_ms: int | None = None
        self._running, self._has_begun = running, has_begun
        self._began = time.monotonic()

    def add(self, deltas: list[ChatDelta]) -> Iterator[Event]:
        """Take in what arrived at once; as few events as possible go out."""
        folds = next((place for place, delta in reversed(list(enumerate(deltas))) if delta.folds), None)
        if folds is not None:
            yield from self.add([replace(delta, folds=False) for delta in deltas[:folds]])
            yield from self._fold()
            deltas = [replace(deltas[folds], folds=False), *deltas[folds + 1 :]]
        for delta in deltas:
            self.usage = delta.usage or self.usage
            self.finish_reason = delta.finish_reason or self.finish_reason
            self.model = delta.model or self.model
            self.request_id = delta.request_id or self.request_id
        thought = self.thinking.add("".join(delta.thinking for delta in deltas)[:ANSWER_LIMIT])
        room = ANSWER_LIMIT - len(self.text.text) - len(self.thinking.text)
        text = self.text.add("".join(delta.text for delta in deltas)[: max(0, room)])
        if self.first_ms is None and (text or thought):
            self.first_ms = self._elapsed()
            self._has_begun()
        if text and self.thought_ms is None and self.thinking.text:
            self.thought_ms = self._elapsed()
        self._running.arrived = (self.text.text, self.thinking.text)
        if thought:
            yield Thought(thought)
        if text:
            yield Arrived(text)

    def _fold(self) -> Iterator[Event]:
        """What came as text was thinking, as shows only now."""
        thought, self.text, self.thought_ms = self.text.text, TextBuffer(), None
        self.thinking.add(thought)
        self._running.arrived = (self.text.text, self.thinking.text)
        if thought:
            yield Thought(thought, folds=True)

    def columns(self) -> Columns:
        """What is known of it beside its words, by the names of an attempt's columns."""
        return {
            "thinking": self.thinking.text,
            "reported_model": self.model[:300],
            "finish": self.finish_reason.value if self.finish_reason else "",
            "first_ms": self.first_ms,
            "total_ms": self._elapsed(),
            "thought_ms": self._thought() if self.thinking.text else None,
            "request_id": self.request_id[:200],
        }

    def _thought(self) -> int:
        """How long it thought: until its first word, or until the end where there was none."""
        return self._elapsed() if self.thought_ms is None else self.thought_ms

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._began) * 1000)
