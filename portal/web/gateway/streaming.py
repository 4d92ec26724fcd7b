"""A stream on its way to the caller: what comes goes on at once, and while nothing comes a comment keeps it alive."""

import contextlib
import time
from collections.abc import Callable, Iterator

PING_EVERY = 10.0
"""Seconds of silence after which a comment is sent: clients give up a stream that is silent, and proxies close it."""

PING = b": waiting for the provider\n\n"


class Streamed:
    """The chunks of an answer. It ends when the caller has left, and ends the request to the provider with it."""

    def __init__(self, chunks: Iterator[bytes], has_left: Callable[[], bool] | None) -> None:
        self._chunks = chunks
        self._has_left = has_left
        self._said_at = time.monotonic()

    def __iter__(self) -> "Streamed":
        return self

    def __next__(self) -> bytes:
        for chunk in self._chunks:
            if chunk:
                self._said_at = time.monotonic()
                return chunk
            if self._has_left is not None and self._has_left():
                self.close()
                break
            if time.monotonic() - self._said_at >= PING_EVERY:
                self._said_at = time.monotonic()
                return PING
        raise StopIteration

    def close(self) -> None:
        """Whoever reads is gone, or has all of it."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            with contextlib.suppress(ValueError):  # it is being read right now, and will see that the stream is over
                close()
