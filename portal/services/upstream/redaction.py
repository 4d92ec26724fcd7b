"""Keys that come back: the last look is at the final words, after everything that reads and cleans them.

The wire hides what stands in the bytes. What the portal makes of them, a message without its line breaks, a text out of
escapes, the words of a stream in a row, is looked at here, and nothing that reaches a page or a row passes by.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from portal.dialects.base import Endpoint
from portal.dialects.conversation import PAUSE, ChatDelta, Reasoning, Text, ToolCallDelta
from portal.dialects.faults.refusals import advise
from portal.dialects.secret import Secret
from portal.domain.faults import UpstreamError
from portal.wire.redaction import Redactor

Kept = TypeVar("Kept")

WORDS = (Text, Reasoning)
"""What a model says, in whose text a placeholder that stands for a key is a word like others."""


class ResponseRedactor:
    """At all that is passed on of one provider's answers: its keys and secret headers are in dots in it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._redactor = Redactor.over(
            secret for secret in (endpoint.secret, *endpoint.headers.values()) if isinstance(secret, Secret)
        )

    def redact(self, value: Kept) -> Kept:
        """The same value, each of its texts without a key."""
        return cast(Kept, self._seen(value))

    def _seen(self, value: Any) -> Any:
        if isinstance(value, str):
            return value if isinstance(value, Enum) else self._redactor.text(value)
        if isinstance(value, tuple | list):
            return type(value)(map(self._seen, value))
        if is_dataclass(value) and not isinstance(value, type):
            gently = isinstance(value, WORDS)
            seen = {item.name: getattr(value, item.name) for item in fields(value)}
            changed = {
                name: self._redactor.words_of(part) if gently and name == "text" else self._seen(part)
                for name, part in seen.items()
            }
            return replace(value, **{name: part for name, part in changed.items() if part is not seen[name]})
        return value

    def error(self, error: UpstreamError) -> UpstreamError:
        """The same error, its fault without a key."""
        return UpstreamError(self.redact(error.fault), error.steps)

    def deltas(self, deltas: Iterator[ChatDelta]) -> Iterator[ChatDelta]:
        """The same pieces, wherever a key was cut.

        What may be the beginning of one waits for the next piece of its kind, and is passed on when something else
        comes, at the end, or before a fault.
        """
        held = _Held(self._redactor)
        try:
            for delta in deltas:
                if delta is PAUSE:
                    yield delta
                    continue
                if delta.call is not None or delta.finish_reason is not None:
                    yield from held.before(delta)
                said, thought = held.text.feed(delta.text), held.thinking.feed(delta.thinking)
                if not delta.is_words_alone:
                    call = replace(delta.call, arguments="") if delta.call else None
                    beside = self.redact(replace(delta, text="", thinking="", call=call))
                    if delta.call and beside.call:
                        call = replace(beside.call, arguments=held.arguments.feed(delta.call.arguments))
                        beside = replace(beside, call=call)
                    yield replace(beside, text=said, thinking=thought)
                else:
                    yield delta if (said, thought) == (delta.text, delta.thinking) else ChatDelta(said, thought)
        except UpstreamError as error:
            yield from held.rest()
            raise self.error(error) from None
        yield from held.rest()


class _Held:
    """What of an answer's words and of its newest tool call's arguments may be the beginning of a key."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._index = -1
        self.text, self.thinking, self.arguments = redactor.words(), redactor.words(), redactor.words()

    def before(self, delta: ChatDelta) -> Iterator[ChatDelta]:
        """What waits no longer, now that this comes: words before a call, and a call's arguments before all else."""
        index = delta.call.index if delta.call else None
        if index != self._index and (index is not None or delta.finish_reason is not None):
            yield from self.rest()
            self._index = self._index if index is None else index

    def rest(self) -> Iterator[ChatDelta]:
        """All that waits; from here on nothing does."""
        text, thinking, arguments = self.text.end(), self.thinking.end(), self.arguments.end()
        self.text, self.thinking, self.arguments = (self._redactor.words() for _ in range(3))
        if text or thinking:
            yield ChatDelta(text=text, thinking=thinking)
        if arguments:
            yield ChatDelta(call=ToolCallDelta(self._index, arguments=arguments))


def redacted_error(endpoint: Endpoint, error: UpstreamError, wire_name: str = "") -> UpstreamError:
    """What of an error is passed on: with a hint, and without a key."""
    return ResponseRedactor(endpoint).error(UpstreamError(advise(endpoint, error.fault, wire_name), error.steps))
