"""Reads a provider's stream in a thread of its own, so that whoever waits for it can also watch the clock."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from portal.dialects.base import CancelToken
from portal.dialects.conversation import ChatDelta
from portal.domain.faults import Fault, UpstreamError


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


class StreamReader:
    """Opens a stream and collects what arrives. It touches no database; `close()` may be called at any time."""

    def __init__(self, open: Callable[[CancelToken], ChatDeltas]) -> None:
        self._open = open
        self._cancel = CancelToken()
        self._arrived: SimpleQueue[ChatDelta | End] = SimpleQueue()
        self._closed = threading.Event()
        self._one = threading.Lock()
        self._deltas: ChatDeltas | None = None
        self.notes: list[str] = []
        threading.Thread(target=self._read, name="stream-reader", daemon=True).start()

    def take(self, seconds: float) -> list[ChatDelta | End]:
        """All that has arrived, after waiting at most so long for the first of it."""
        taken: list[ChatDelta | End] = []
        with contextlib.suppress(Empty):
            taken.append(self._arrived.get(timeout=max(0.0, seconds)))
            while True:
                taken.append(self._arrived.get_nowait())
        return taken

    def wake(self) -> None:
        """Let whoever waits in `take` look up: from another thread, with nothing new."""
        self._arrived.put(ChatDelta())

    def close(self) -> None:
        """Cancel the request. The thread ends by itself, as soon as the transport returns."""
        self._closed.set()
        with self._one:
            deltas, self._deltas = self._deltas, None
        if deltas is not None:
            deltas.close()
        self._cancel()

    def _read(self) -> None:
        try:
            deltas = self._open(self._cancel)
            self.notes += deltas.notes
            with self._one:
                self._deltas = deltas
            if self._closed.is_set():  # closed while it was being opened
                deltas.close()
                return
            for delta in deltas:
                if self._closed.is_set():
                    return
                self._arrived.put(delta)
            self._arrived.put(End())
        except UpstreamError as error:
            self._arrived.put(End(fault=error.fault))
        except Exception as error:  # told to whoever waits: an exception in a thread would be told to nobody
            self._arrived.put(End(error=error))
