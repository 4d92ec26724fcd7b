"""Amazon's event stream: binary frames with labels, a payload and two checksums, read as the bytes arrive."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.dialects.framing.sse import LONGEST_EVENT, too_large
from portal.domain.faults import Category, Fault, UpstreamError
from portal.later import Later

eventstream = Later("botocore.eventstream")


def frames(chunks: Iterable[bytes]) -> Iterator[tuple[Mapping[str, Any], bytes] | None]:
    """Each frame's labels and payload, as soon as it is whole; None for an empty chunk: nothing more has arrived.

    Raises `UpstreamError` where the checksums are wrong.
    """
    buffer = eventstream.EventStreamBuffer()
    waiting = 0
    for chunk in chunks:
        if not chunk:
            yield None
            continue
        buffer.add_data(chunk)
        waiting += len(chunk)
        while True:
            try:
                message = next(buffer, None)
            except (eventstream.ParserError, ValueError, KeyError) as error:
                detail = "What arrived is not Amazon’s event stream, or it was damaged on the way."
                raise UpstreamError(Fault(Category.SHAPE, detail=detail)) from error
            if message is None:
                break
            waiting = 0
            yield message.headers, message.payload
        if waiting > LONGEST_EVENT:
            raise UpstreamError(too_large("One event of the answer is"))


def peek(chunks: Iterable[bytes]) -> tuple[bool, bool, Iterator[bytes]]:
    """Whether the bytes look like frames, whether there are none at all, and all of them again."""
    source = iter(chunks)
    head = next((chunk for chunk in source if chunk.strip()), b"")
    # A frame begins with its length, which never fills the first of four bytes; JSON begins with a sign or a blank.
    return head[:1] < b"\t", not head, _again(head, source)


def _again(head: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from source
