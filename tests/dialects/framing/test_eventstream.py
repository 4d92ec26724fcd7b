"""Amazon's frames: what the portal reads of them and refuses is what botocore reads and refuses."""

import struct
import zlib
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer, ParserError
from hypothesis import given
from hypothesis import strategies as st

from portal.dialects.framing.eventstream_frames import DamagedFrame, FrameBuffer
from tests.dialects.recordings_amazon import STREAM

Read = tuple[list[tuple[dict[str, Any], bytes]], bool]
"""The frames, and whether reading ended with a refusal."""


def read(buffer: Any, refusals: tuple[type[Exception], ...], pieces: list[bytes]) -> Read:
    found = []
    try:
        for piece in pieces:
            buffer.add_data(piece)
            for message in buffer:
                found.append((message.headers, message.payload))  # those before a refusal count
    except refusals:
        return found, True
    return found, False


def ours(*pieces: bytes) -> Read:
    return read(FrameBuffer(), (DamagedFrame,), list(pieces))


def theirs(*pieces: bytes) -> Read:
    """botocore lets some of what cannot be read through as Python's own errors."""
    return read(EventStreamBuffer(), (ParserError, ValueError, KeyError, struct.error, IndexError), list(pieces))


def frame(labels: bytes, payload: bytes = b"") -> bytes:
    prelude = struct.pack("!II", 16 + len(labels) + len(payload), len(labels))
    whole = prelude + struct.pack("!I", zlib.crc32(prelude)) + labels + payload
    return whole + struct.pack("!I", zlib.crc32(whole))


def label(name: bytes, type: int, value: bytes) -> bytes:
    return bytes([len(name)]) + name + bytes([type]) + value


VALUES = {
    0: st.just(b""),
    1: st.just(b""),
    2: st.binary(min_size=1, max_size=1),
    3: st.binary(min_size=2, max_size=2),
    4: st.binary(min_size=4, max_size=4),
    5: st.binary(min_size=8, max_size=8),
    6: st.binary(max_size=9).map(lambda value: struct.pack("!H", len(value)) + value),
    7: st.text(st.characters(exclude_categories=["Cs"]), max_size=9).map(
        lambda value: struct.pack("!H", len(value.encode())) + value.encode()
    ),
    8: st.binary(min_size=8, max_size=8),
    9: st.binary(min_size=16, max_size=16),
}
LABELS = st.lists(
    st.integers(0, 9).flatmap(lambda type: st.tuples(st.binary(min_size=1, max_size=1), st.just(type), VALUES[type])),
    max_size=4,
).map(lambda several: b"".join(label(bytes([97 + name[0] % 26]), type, value) for name, type, value in several))


@given(st.lists(st.tuples(LABELS, st.binary(max_size=30)), min_size=1, max_size=3), st.integers(1, 40))
def test_frames_are_read_as_botocore_reads_them_however_they_arrive(frames, size):
    whole = b"".join(frame(labels, payload) for labels, payload in frames)
    pieces = [whole[place : place + size] for place in range(0, len(whole), size)]
    assert ours(*pieces) == theirs(whole)


@given(st.integers(0, len(STREAM) - 1), st.integers(1, 255))
def test_one_damaged_byte_is_refused_where_botocore_refuses_it(place, flipped):
    damaged = STREAM[:place] + bytes([STREAM[place] ^ flipped]) + STREAM[place + 1 :]
    assert ours(damaged) == theirs(damaged)


@given(st.binary(max_size=60))
def test_what_is_no_stream_is_refused_where_botocore_refuses_it(data):
    assert ours(data) == theirs(data)


@pytest.mark.parametrize(
    "labels",
    [
        label(b"a", 10, b""),
        label(b"a", 0, b"") * 2,
        label(b"a", 7, b"\x00\x01\xff"),
        label(b"\xff", 0, b""),
        label(b"a", 5, b"\x00"),
        label(b"a", 7, b"\x00\x09ab"),
        label(b"a", 9, b"abc"),
        b"\x09a",
    ],
)
def test_labels_that_cannot_be_read_are_refused(labels):
    assert ours(frame(labels)) == ([], True)


def test_a_length_beyond_what_amazon_sends_is_refused_before_it_arrives():
    for length, labels in ((1 << 31, 0), (1 << 20, 1 << 19), (8, 0), (20, 10)):
        prelude = struct.pack("!II", length, labels)
        assert ours(prelude + struct.pack("!I", zlib.crc32(prelude))) == ([], True)
