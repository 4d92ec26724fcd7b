"""The frames of Amazon's event stream, as https://smithy.io/2.0/aws/amazon-eventstream.html lays them down.

A frame is two lengths and their CRC-32, labels, a payload, and the CRC-32 over all before it. The tests hold it to what
botocore reads and refuses: that library is thirty megabytes, of which these pages and a signature were used.
"""

import struct
import zlib
from typing import Any, NamedTuple

PRELUDE, CHECKSUM = 12, 4
MOST_LABELS, LARGEST = 128 * 1024, 24 * 1024 * 1024
"""Bytes of all labels of one frame, and of its payload, beyond which no service of Amazon goes."""

NUMBERS = {2: "!b", 3: "!h", 4: "!i", 5: "!q", 8: "!q"}
"""Labels that are numbers, by their type; the last is a moment in milliseconds."""

UUID_BYTES = 16


class DamagedFrame(Exception):
    """What arrived is no frame, or was damaged on the way."""


class Frame(NamedTuple):
    """What a frame carries."""

    headers: dict[str, Any]
    payload: bytes


class FrameBuffer:
    """Takes bytes as they arrive and gives each frame once it is whole. Raises `DamagedFrame`."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._sound = False
        """Whether the lengths of the frame that waits were looked at: a large one arrives in many pieces."""

    def add_data(self, data: bytes) -> None:
        self._waiting += data

    def __iter__(self) -> "FrameBuffer":
        return self

    def __next__(self) -> Frame:
        if len(self._waiting) < PRELUDE:
            raise StopIteration
        length, labels, checksum = struct.unpack_from("!III", self._waiting)
        if not self._sound:
            if zlib.crc32(self._waiting[: PRELUDE - CHECKSUM]) != checksum:
                raise DamagedFrame
            payload = length - labels - PRELUDE - CHECKSUM
            if labels > MOST_LABELS or not 0 <= payload <= LARGEST:
                raise DamagedFrame
            self._sound = True
        if len(self._waiting) < length:
            raise StopIteration
        whole, self._sound = bytes(self._waiting[:length]), False
        del self._waiting[:length]
        if zlib.crc32(whole[:-CHECKSUM]) != struct.unpack("!I", whole[-CHECKSUM:])[0]:
            raise DamagedFrame
        return Frame(_labels(whole[PRELUDE : PRELUDE + labels]), whole[PRELUDE + labels : -CHECKSUM])


def _labels(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    place = 0
    try:
        while place < len(data):
            name, place = _sized(data, place, "!B")
            type, place = data[place], place + 1
            value, place = _value(data, place, type)
            label = name.decode()
            if label in found:
                raise DamagedFrame
            found[label] = value
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise DamagedFrame from error
    return found


def _value(data: bytes, place: int, type: int) -> tuple[Any, int]:
    if type in (0, 1):
        return type == 0, place
    if type in NUMBERS:
        layout = NUMBERS[type]
        return struct.unpack_from(layout, data, place)[0], place + struct.calcsize(layout)
    if type in (6, 7):
        value, place = _sized(data, place, "!H")
        return (value.decode() if type == 7 else value), place
    if type == 9 and place + UUID_BYTES <= len(data):
        return data[place : place + UUID_BYTES], place + UUID_BYTES
    raise DamagedFrame


def _sized(data: bytes, place: int, layout: str) -> tuple[bytes, int]:
    """Bytes after their own number, and where they end."""
    (size,) = struct.unpack_from(layout, data, place)
    begin = place + struct.calcsize(layout)
    if begin + size > len(data):
        raise DamagedFrame
    return data[begin : begin + size], begin + size
