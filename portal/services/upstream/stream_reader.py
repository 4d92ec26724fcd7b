"""Reads a provider's stream in a thread of its own, so that whoever waits for it can also look at the clock."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from portal.dialects.base import CancelToken, ChatDelta
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
        self._hang_up = CancelToken()
        self._heard: SimpleQueue[ChatDelta | End] = SimpleQueue()
        self._closed = threading.Event()
        self._one = threading.Lock()
        self._deltas: ChatDeltas | None = None
        self.notes: list[str] = []
        threading.Thread(target=self._listen, name="listener", daemon=True).start()

    def take(self, seconds: float) -> list[ChatDelta | End]:
        """All that has arrived, after waiting at most so long for the first of it."""
        taken: list[ChatDelta | End] = []
        with contextlib.suppress(Empty):
            taken.append(self._heard.get(timeout=max(0.0, seconds)))
            while True:
                taken.append(self._heard.get_nowait())
        return taken

    def close(self) -> None:
        """Hang up. The thread ends by itself, as soon as the wire lets go of it."""
        self._closed.set()
        with self._one:
            deltas, self._deltas = self._deltas, None
        if deltas is not None:
            deltas.close()
        self._hang_up()

    def _listen(self) -> None:
        try:
            deltas = self._open(self._hang_up)
            self.notes += deltas.notes
            with self._one:
                self._deltas = deltas
            if self._closed.is_set():  # hung up while it was ringing
                deltas.close()
                return
            for delta in deltas:
                if self._closed.is_set():
                    return
                self._heard.put(delta)
            self._heard.put(End())
        except UpstreamError as error:
            self._heard.put(End(fault=error.fault))
        except Exception as error:  # told to the one who listens: an exception in a thread would be told to nobody
            self._heard.put(End(error=error))
