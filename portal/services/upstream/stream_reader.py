"""Reads a provider's stream in a thread of its own, so that whoever waits for it can also look at the clock."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from portal.dialects.base import HangUp, Piece
from portal.domain.faults import Fault, UpstreamError


class Pieces(Protocol):
    """A streamed answer: pieces in order, a `close()` that any thread may call, and what was changed to get it."""

    notes: Sequence[str]

    def __iter__(self) -> Iterator[Piece]: ...
    def close(self) -> None: ...


class End:
    """Nothing more will come. `fault` says what broke it off, `error` what broke in the portal itself."""

    def __init__(self, fault: Fault | None = None, error: Exception | None = None) -> None:
        self.fault = fault
        self.error = error


class Listener:
    """Opens a stream and collects what arrives. It touches no database; `close()` may be called at any time."""

    def __init__(self, open: Callable[[HangUp], Pieces]) -> None:
        self._open = open
        self._hang_up = HangUp()
        self._heard: SimpleQueue[Piece | End] = SimpleQueue()
        self._closed = threading.Event()
        self._one = threading.Lock()
        self._pieces: Pieces | None = None
        self.notes: list[str] = []
        threading.Thread(target=self._listen, name="listener", daemon=True).start()

    def take(self, seconds: float) -> list[Piece | End]:
        """All that has arrived, after waiting at most so long for the first of it."""
        taken: list[Piece | End] = []
        with contextlib.suppress(Empty):
            taken.append(self._heard.get(timeout=max(0.0, seconds)))
            while True:
                taken.append(self._heard.get_nowait())
        return taken

    def close(self) -> None:
        """Hang up. The thread ends by itself, as soon as the wire lets go of it."""
        self._closed.set()
        with self._one:
            pieces, self._pieces = self._pieces, None
        if pieces is not None:
            pieces.close()
        self._hang_up()

    def _listen(self) -> None:
        try:
            pieces = self._open(self._hang_up)
            self.notes += pieces.notes
            with self._one:
                self._pieces = pieces
            if self._closed.is_set():  # hung up while it was ringing
                pieces.close()
                return
            for piece in pieces:
                if self._closed.is_set():
                    return
                self._heard.put(piece)
            self._heard.put(End())
        except UpstreamError as error:
            self._heard.put(End(fault=error.fault))
        except Exception as error:  # told to the one who listens: an exception in a thread would be told to nobody
            self._heard.put(End(error=error))
