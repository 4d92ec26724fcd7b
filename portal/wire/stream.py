"""Answers that are still arriving: from a socket, and from the portal itself."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from portal.domain.faults import Category, Fault, Step, UpstreamError
from portal.wire.deadline import Deadline
from portal.wire.diagnosis import ERRORS, diagnose, took_too_long
from portal.wire.redaction import Redactor
from portal.wire.waiting import chunks_ahead, has_arrived

AT_ONCE = 65_536
"""The most bytes that one step reads or unpacks: what a compressed bomb may cost beyond the cap."""

NOT_PASSED_ON = frozenset({"set-cookie", "content-encoding", "content-length", "transfer-encoding", "connection"})
"""Headers that are about the connection and untrue once the body is unpacked, and cookies, which nobody keeps."""

PAUSE_AFTER = 0.5
"""Seconds of silence after which whoever reads a stream may look at the clock."""

Done = TypeVar("Done")

READING = "reading the answer"
STOPPED = Fault(Category.CONNECT, "The answer was stopped here.")


def too_large(cap: int) -> Fault:
    """A body that was cut at its cap."""
    size = f"{cap / 1_000_000:.3g} MB" if cap >= 100_000 else f"{cap:,} bytes"
    hint = "The portal takes no more at once. A model that finds no end may need a limit of its output tokens."
    return Fault(Category.SHAPE, f"The answer is larger than {size}, which is too large. It was cut off.", hint)


class StreamingResponse:
    """A response on a socket, its headers in and its body on the way. Each read is a step of the request's deadline."""

    def __init__(
        self,
        raw: Any,
        deadline: Deadline,
        redactor: Redactor,
        *,
        host: str,
        read: float,
        cap: int,
        before: tuple[Step, ...] = (),
    ) -> None:
        self.status: int = raw.status
        self.headers: Mapping[str, str] = {
            name.lower(): redactor.text(value)
            for name, value in raw.headers.items()
            if name.lower() not in NOT_PASSED_ON
        }
        self._raw = raw
        self._is_packed = "content-encoding" in raw.headers
        self._deadline = deadline
        self._redactor = redactor
        self._host, self._read_seconds, self._cap = host, read, cap
        self._before = before
        self._reading = threading.Lock()
        self._waits = False
        self._is_drained = False
        self._failed: Exception | None = None
        self._closed = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the request has done so far."""
        return (*self._before, *self._deadline.steps)

    def chunks(self, *, pauses: bool = False) -> Iterator[bytes]:
        """The body as it arrives, unpacked, keys in dots. Raises `UpstreamError` when it breaks off.

        With `pauses` an empty chunk says that nothing more has arrived, and another one each half second of silence.
        So whoever reads needs no second thread to look at the clock.
        """
        stream_redactor = self._redactor.stream_redactor(self.status)
        arrived = 0
        try:
            while True:
                if pauses:
                    yield from self._pauses()
                # The first piece goes on by itself: somebody waits for it, and for nothing behind it.
                if not (data := self._read(self._all_that_is_here if pauses and arrived else self._one_read)):
                    break
                arrived += len(data)
                if arrived > self._cap:
                    raise UpstreamError(too_large(self._cap), self.steps)
                if clean := stream_redactor.feed(data):
                    yield clean
            if clean := stream_redactor.end():
                yield clean
        finally:
            self.close()

    def end_within(self, seconds: float) -> None:
        """Give the rest of the body at most so long; a read that is under way then ends, too."""
        self._deadline.end_within(seconds)

    def close(self) -> None:
        """End it now, from whatever thread. A connection that is not read to its end is not used again."""
        self._closed = True
        self._deadline.cut()  # ends a read that is under way; harmless when the body has ended
        with self._reading:
            with contextlib.suppress(*ERRORS):
                self._raw.close()
            self._deadline.finish()

    def _pauses(self) -> Iterator[bytes]:
        """An empty chunk unless more is there by now, and again each half second until it is."""
        if self._is_drained or not self._at_socket(lambda: has_arrived(self._raw, 0)):
            yield b""
            while not self._at_socket(lambda: has_arrived(self._raw, PAUSE_AFTER)):
                yield b""

    def _one_read(self) -> bytes:
        return self._raw.read1(AT_ONCE, decode_content=self._is_packed) or b""

    def _next_read(self) -> bytes:
        return (not self._is_packed and chunks_ahead(self._raw)) or self._one_read()

    def _all_that_is_here(self) -> bytes:
        """What one read gives, with what can be read after it without waiting: a server often sends several chunks at
        once, and whatever is done with each costs more than the reading."""
        if self._failed is not None:
            raise self._failed
        self._is_drained = False
        parts = [self._next_read()]
        size = len(parts[0])
        try:
            while parts[-1] and size < AT_ONCE:
                if not has_arrived(self._raw, 0):
                    self._is_drained = True
                    break
                parts.append(self._next_read())
                size += len(parts[-1])
        except (*ERRORS, AttributeError) as error:
            self._failed = error  # what was read before is passed on first
        return b"".join(parts)

    def _read(self, reads: Callable[[], bytes]) -> bytes:
        data = self._at_socket(reads)
        self._waits = False
        self._deadline.step(READING)
        return data

    def _at_socket(self, work: Callable[[], Done]) -> Done:
        """Wait or read: the time for one read counts from the first of both."""
        fault: Fault | None = None
        with self._reading:
            if self._closed:
                raise UpstreamError(STOPPED)
            if not self._waits:
                self._waits = True
                self._deadline.step(READING, self._read_seconds)
            try:
                done = work()
            except (*ERRORS, AttributeError) as error:
                fault = diagnose(error, self._host, READING)
            if self._deadline.expired:
                fault = took_too_long(self._host, READING)
            elif self._deadline.cut_off:
                fault = STOPPED
        if fault is not None:
            raise UpstreamError(fault, self.steps)
        return done


class LocalResponse:
    """An answer that the portal makes itself, chunk by chunk: no socket, the same promises."""

    steps: tuple[Step, ...] = ()

    def __init__(self, chunks: Iterable[bytes], headers: Mapping[str, str], *, total: float | None, cap: int) -> None:
        self.status = 200
        self.headers = headers
        self._chunks = iter(chunks)
        self._limit = self._until = None if total is None else time.monotonic() + total
        self._cap = cap
        self._closed = False

    def chunks(self, *, pauses: bool = False) -> Iterator[bytes]:
        arrived = 0
        for chunk in self._chunks:
            if self._closed:
                break
            if self._until is not None and time.monotonic() > self._until:
                raise UpstreamError(took_too_long("The portal", READING))
            arrived += len(chunk)
            if arrived > self._cap:
                raise UpstreamError(too_large(self._cap))
            yield chunk
            if pauses:
                yield b""
        if self._closed:
            raise UpstreamError(STOPPED)

    def end_within(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self._until = until if self._limit is None else min(self._limit, until)

    def close(self) -> None:
        self._closed = True
        end: Callable[[], None] | None = getattr(self._chunks, "close", None)
        if end is not None:
            with contextlib.suppress(ValueError):  # another thread is inside it and will see the flag
                end()
