"""Amazon's event stream, the writing side: frames with labels, a payload and two checksums."""

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

STRING = 7
"""The only type of label that Bedrock uses."""


def frame(payload: bytes, labels: Mapping[str, str]) -> bytes:
    """One frame: lengths, their CRC-32, labels, payload, and the CRC-32 over all that stands before it."""
    said = b"".join(
        struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", STRING, len(value.encode())) + value.encode()
        for name, value in labels.items()
    )
    prelude = struct.pack("!II", 12 + len(said) + len(payload) + 4, len(said))
    whole = prelude + struct.pack("!I", zlib.crc32(prelude)) + said + payload
    return whole + struct.pack("!I", zlib.crc32(whole))


def event(name: str, value: Mapping[str, Any]) -> bytes:
    """One event of a stream."""
    labels = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return frame(json.dumps(value).encode(), labels)


def exception(name: str, message: str, **more: Any) -> bytes:
    """An error that Bedrock models, in the middle of a stream."""
    labels = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return frame(json.dumps({"message": message, **more}).encode(), labels)


def error(code: str, message: str) -> bytes:
    """An error that it does not model: labels alone."""
    return frame(b"", {":message-type": "error", ":error-code": code, ":error-message": message})
