"""Keys that come back: the last look is at the final words, after everything that reads and cleans them.

The wire hides what stands in the bytes. What the portal makes of them, a message without its line breaks, a text out of
escapes, the words of a stream in a row, is looked at here, and nothing that reaches a page or a row passes by.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar, cast

from portal.dialects.base import Endpoint
from portal.dialects.conversation import PAUSE, ChatDelta, Reasoning, Text
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

        What may be the beginning of one waits for the next piece, and is passed on at the end, or before a fault.
        """
        text, thinking = self._redactor.words(), self._redactor.words()
        try:
            for delta in deltas:
                if delta is PAUSE:
                    yield delta
                    continue
                said, thought = text.feed(delta.text), thinking.feed(delta.thinking)
                if not delta.is_words_alone:
                    beside = self.redact(replace(delta, text="", thinking=""))
                    yield replace(beside, text=said, thinking=thought)
                else:
                    yield delta if (said, thought) == (delta.text, delta.thinking) else ChatDelta(said, thought)
        except UpstreamError as error:
            yield from _rest(text.end(), thinking.end())
            raise self.error(error) from None
        yield from _rest(text.end(), thinking.end())


def redacted_error(endpoint: Endpoint, error: UpstreamError, wire_name: str = "") -> UpstreamError:
    """What of an error is passed on: with a hint, and without a key."""
    return ResponseRedactor(endpoint).error(UpstreamError(advise(endpoint, error.fault, wire_name), error.steps))


def _rest(text: str, thinking: str) -> Iterator[ChatDelta]:
    if text or thinking:
        yield ChatDelta(text=text, thinking=thinking)
