"""Server-sent events, read as the bytes arrive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal.domain.faults import Category, Fault, UpstreamError

LONGEST_EVENT = 4_000_000
"""Bytes of one event; a stream that goes on without ending one is given up."""


@dataclass(frozen=True)
class Event:
    """One event: its name, empty where the server gives none, and its data lines joined."""

    name: str
    data: str


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, which are LF, CR or CRLF, as soon as each is whole; also a last one without an end."""
    rest: list[bytes] = []
    size = 0
    after_cr = False
    for chunk in chunks:
        if after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            after_cr = False
        if not chunk:
            continue
        after_cr = chunk.endswith(b"\r")
        first, *others = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest.append(first)
        size += len(first)
        if size > LONGEST_EVENT:
            raise UpstreamError(Fault(Category.SHAPE, detail="The stream sends a line that does not end."))
        for other in others:
            yield b"".join(rest)
            rest, size = [other], len(other)
    if any(rest):
        yield b"".join(rest)


def events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Events in order. Comments, ids and unknown fields are passed over; the last event may lack its blank line."""
    name = ""
    data: list[str] = []
    size = 0
    for number, line in enumerate(lines(chunks)):
        if number == 0:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            if data:
                yield Event(name, "\n".join(data))
            name, data, size = "", [], 0
            continue
        key, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if key == b"data":
            data.append(value.decode("utf-8", "replace"))
            size += len(line)
            if size > LONGEST_EVENT:
                raise UpstreamError(Fault(Category.SHAPE, detail="The stream sends an event that does not end."))
        elif key == b"event":
            name = value.decode("utf-8", "replace")
    if data:
        yield Event(name, "\n".join(data))


_BLANK = b"\xef\xbb\xbf\r\n\t "
_FIELDS = (b"data", b"event", b"id", b"retry", b":")


def peek(chunks: Iterable[bytes]) -> tuple[bool, bool, Iterator[bytes]]:
    """Whether the bytes look like events, whether there are none at all, and all of them again."""
    source = iter(chunks)
    head = start = b""
    for chunk in source:
        head += chunk
        start = head[:64].lstrip(_BLANK)
        if len(start) >= len("event") or len(head) > 64 or start.startswith(b":"):
            break
    return start.startswith(_FIELDS), not head.strip(_BLANK), _again(head, source)


def collect(chunks: Iterable[bytes]) -> bytes:
    """All of the bytes, for an answer that came whole; given up when there are too many."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > LONGEST_EVENT:
            raise UpstreamError(Fault(Category.SHAPE, detail="The answer does not end."))
    return b"".join(parts)


def _again(head: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from source
