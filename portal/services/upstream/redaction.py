"""Keys that come back letter by letter: no piece of a streamed answer holds one, and all of them together do."""

from collections.abc import Iterator
from dataclasses import replace

from portal.dialects.base import ChatDelta, Endpoint
from portal.dialects.secret import Secret
from portal.domain.faults import UpstreamError
from portal.wire.redaction import Redactor


def redacted(endpoint: Endpoint, deltas: Iterator[ChatDelta]) -> Iterator[ChatDelta]:
    """The same pieces with the endpoint's key and secret headers in dots, wherever they were cut.

    The wire hides what one frame of a stream holds; here the frames are open, and their words stand in a row. What may
    be the beginning of a key waits for the next piece, and is passed on at the end, or before a fault.
    """
    redactor = Redactor.over(
        [secret for secret in (endpoint.secret, *endpoint.headers.values()) if isinstance(secret, Secret)]
    )
    text, thinking = redactor.words(), redactor.words()
    try:
        for delta in deltas:
            yield replace(delta, text=text.feed(delta.text), thinking=thinking.feed(delta.thinking))
    except UpstreamError:
        yield from _rest(text.end(), thinking.end())
        raise
    yield from _rest(text.end(), thinking.end())


def _rest(text: str, thinking: str) -> Iterator[ChatDelta]:
    if text or thinking:
        yield ChatDelta(text=text, thinking=thinking)
