"""One streamed answer: its pieces in order, until its end by what was said or by what the connection does."""

from collections.abc import Callable, Iterator

from portal.dialects.assembly import deltas_of
from portal.dialects.base import Endpoint, Stream
from portal.dialects.conversation import ChatDelta, ChatResponse, FinishReason
from portal.dialects.faults.refusals import SILENT
from portal.dialects.think_tags import folded
from portal.domain.faults import UpstreamError
from portal.services.upstream.redaction import ResponseRedactor, redacted_error

AFTER_THE_FINISH = 2.0
"""Seconds that a stream has for its counts and its last event, once a model said that it stopped."""

ANSWERED_WHOLE = "The stream was empty, so the answer was asked for as a whole."

NOTHING_SAID = frozenset({FinishReason.STOP})
"""The ends of a stream without a word that may hide a refusal; every other one says itself why there are none."""


class ChatStream:
    """A streamed answer: iterate over its pieces, once. `close()` may come from another thread and ends it quietly.

    An answer ends when its model says that it stopped. What the connection does afterwards is no fault of the answer:
    it may break, stay open or go on with heartbeats, and has `AFTER_THE_FINISH` for what else is to be told.

    A stream that holds nothing is asked for once more as a whole: llama.cpp's Python server, for one, ends the stream
    of a prompt that is too long without a word, and says so only then. A proxy before it makes a proper end of that,
    without words and counts, and is asked as well.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        stream: Stream,
        deltas: Iterator[ChatDelta],
        url: str,
        notes: tuple[str, ...],
        whole: Callable[[], tuple[ChatResponse, tuple[str, ...]]],
    ) -> None:
        self.status = stream.status
        self.url = url
        self.notes = notes
        self._endpoint = endpoint
        self._stream = stream
        self._deltas = ResponseRedactor(endpoint).deltas(folded(deltas))
        self._whole = whole
        self._closed = False
        self._finished = False
        self._asked_whole = False
        self._finish_reason: FinishReason | None = None
        self._held_anything = False

    def __iter__(self) -> "ChatStream":
        return self

    def __next__(self) -> ChatDelta:
        if self._closed:
            raise StopIteration
        try:
            delta = next(self._deltas)
        except StopIteration:
            if self._finish_reason in NOTHING_SAID and not self._held_anything and not self._asked_whole:
                return self._looked_behind()
            self.close()
            raise
        except UpstreamError as error:
            # Whoever closed it knows why it ended, and a finished answer is whole; any other end is a fault.
            if self._closed or self._finished:
                self.close()
                raise StopIteration from None
            if error.fault.code == SILENT:
                return self._asked_again()
            self.close()
            raise redacted_error(self._endpoint, error) from None
        except BaseException:  # whatever ends it, a reader who leaves too: the connection is closed
            self.close()
            raise
        self._finish_reason = delta.finish_reason or self._finish_reason
        says = bool(delta.text or delta.thinking or delta.call or delta.encrypted)
        self._held_anything = self._held_anything or says or bool(delta.usage)
        if self._asked_whole:
            return delta
        if delta.finish_reason is not None or (self._finished and says):
            # Some servers say with each piece that it is the last, so that words start the time anew.
            self._finished = True
            self._stream.end_within(AFTER_THE_FINISH)
        return delta

    def _looked_behind(self) -> ChatDelta:
        """Of an end without words and counts: the whole answer, or the refusal that it hid."""
        try:
            return self._asked_again()
        except UpstreamError as error:
            self.close()
            if error.fault.status and error.fault.status >= 400:
                raise
            raise StopIteration from None  # it answers in streams alone: the empty answer is all there is

    def _asked_again(self) -> ChatDelta:
        self._asked_whole = True
        self._deltas = iter(())
        self._stream.close()
        answer, notes = self._whole()
        self.notes += (*notes, ANSWERED_WHOLE)
        self._deltas = deltas_of(answer)
        return next(self._deltas)

    def close(self) -> None:
        """Close the connection. Harmless when it is over already."""
        self._closed = True
        self._stream.close()

    def __enter__(self) -> "ChatStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
