"""Reads a provider's stream so that whoever waits for it can also watch the clock, mostly in the reader's own thread.

Only until its first words an answer needs a second thread: nobody knows how long a provider takes to begin, and what
opens a connection and reads its first event cannot be left in the middle. From then on the stream itself says when
nothing more is there, and the thread is gone.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from portal.dialects.base import CancelToken
from portal.dialects.conversation import PAUSE, ChatDelta
from portal.domain.faults import Fault, UpstreamError

MOST_AT_ONCE = 256
"""Pieces that are taken in one go of a stream that never pauses."""


class ChatDeltas(Protocol):
    """A streamed answer: pieces in order, a `close()` that any thread may call, and what was changed to get it."""

    @property
    def notes(self) -> Sequence[str]: ...

    def __iter__(self) -> Iterator[ChatDelta]: ...
    def close(self) -> None: ...


class End:
    """Nothing more will come. `fault` says what broke it off, `error` what broke in the portal itself."""

    def __init__(self, fault: Fault | None = None, error: Exception | None = None) -> None:
        self.fault = fault
        self.error = error


class HandedOver:
    """What follows is to be read by whoever takes it."""


class StreamReader:
    """Opens a stream and passes on what arrives. It touches no database; `close()` may be called at any time."""

    def __init__(self, open: Callable[[CancelToken], ChatDeltas]) -> None:
        self._open = open
        self._cancel = CancelToken()
        self._begun: SimpleQueue[ChatDelta | End | HandedOver] = SimpleQueue()
        self._closed = threading.Event()
        self._one = threading.Lock()
        self._deltas: ChatDeltas | None = None
        self._arriving: Iterator[ChatDelta] | None = None
        self._handed_over = False
        self.notes: list[str] = []
        threading.Thread(target=self._begin, name="stream-opener", daemon=True).start()

    def take(self, seconds: float) -> list[ChatDelta | End]:
        """All that has arrived. Waits for the first of it at most so long, or until the stream pauses."""
        return self._taken_from_stream() if self._handed_over else self._taken_from_thread(seconds)

    def wake(self) -> None:
        """From another thread: let whoever waits in `take` look up, because the stream is not wanted any more."""
        self._begun.put(PAUSE)
        self._cancel()

    def close(self) -> None:
        """Cancel the request. A thread that opens it ends by itself, as soon as the transport returns."""
        self._closed.set()
        with self._one:
            deltas, self._deltas = self._deltas, None
        if deltas is not None:
            deltas.close()
        self._cancel()

    def _taken_from_thread(self, seconds: float) -> list[ChatDelta | End]:
        taken: list[ChatDelta | End] = []
        with contextlib.suppress(Empty):
            item = self._begun.get(timeout=max(0.0, seconds))
            while not isinstance(item, HandedOver):
                taken.append(item)
                item = self._begun.get_nowait()
            self._handed_over = True
        return taken

    def _taken_from_stream(self) -> list[ChatDelta | End]:
        taken: list[ChatDelta | End] = []
        while len(taken) < MOST_AT_ONCE and (item := self._next()) is not PAUSE:
            taken.append(item)
            if isinstance(item, End):
                break
        return taken

    def _begin(self) -> None:
        while not self._closed.is_set():
            item = self._next()
            if item is not PAUSE:
                self._begun.put(item)
            if isinstance(item, End):
                return
            if item.text or item.thinking:
                self._begun.put(HandedOver())
                return

    def _next(self) -> ChatDelta | End:
        """The next piece, or how it ended: an exception in a thread would be told to nobody."""
        try:
            if self._arriving is None:
                self._arriving = iter(self._opened())
            piece = next(self._arriving, None)
        except UpstreamError as error:
            return End(fault=error.fault)
        except Exception as error:  # told to whoever waits
            return End(error=error)
        return End() if piece is None else piece

    def _opened(self) -> ChatDeltas:
        deltas = self._open(self._cancel)
        self.notes += deltas.notes
        with self._one:
            self._deltas = deltas
        if self._closed.is_set():  # closed while it was being opened
            deltas.close()
        return deltas
