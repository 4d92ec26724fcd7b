"""Keys that come back letter by letter: no piece of a streamed answer holds one, and all of them together do."""

from collections.abc import Iterator
from dataclasses import replace

from portal.dialects.base import Door, Piece
from portal.dialects.secret import Secret
from portal.domain.faults import UpstreamError
from portal.wire.redaction import Veil


def veiled(door: Door, pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The same pieces with the door's key and secret headers in dots, wherever they were cut.

    The wire hides what one frame of a stream holds; here the frames are open, and their words stand in a row. What may
    be the beginning of a key waits for the next piece, and is passed on at the end, or before a fault.
    """
    veil = Veil.over([secret for secret in (door.secret, *door.headers.values()) if isinstance(secret, Secret)])
    text, thinking = veil.words(), veil.words()
    try:
        for piece in pieces:
            yield replace(piece, text=text.feed(piece.text), thinking=thinking.feed(piece.thinking))
    except UpstreamError:
        yield from _rest(text.end(), thinking.end())
        raise
    yield from _rest(text.end(), thinking.end())


def _rest(text: str, thinking: str) -> Iterator[Piece]:
    if text or thinking:
        yield Piece(text=text, thinking=thinking)
