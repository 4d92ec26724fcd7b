"""The contents of files in a chat that somebody brings: lifted out, so that no request holds them in memory.

An export writes each as base64 behind its name. The file that was brought lies on disk; what is read of it as JSON has
numbers in their places, and each content is decoded when its turn comes.
"""

import binascii
import re
import tempfile
from base64 import b64decode
from dataclasses import dataclass
from typing import BinaryIO, cast

from portal.domain.attachments import MIB, MOST_FILES
from portal.domain.carried_values import Unreadable
from portal.domain.chats import CHAT_TURNS

PIECE = 1024 * 1024
MOST_TEXT = 16 * MIB
"""Bytes of a chat without its files: ten million characters, and what else is said of each answer."""

MOST_CONTENTS = CHAT_TURNS * MOST_FILES
NOT_BASE64 = "What the file holds of it is not whole."

# Inside of a text its quotes would be escaped, so that no words of a person look like this.
_BEGINS = re.compile(rb'(?<!\\)"data"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}"')
_LONGEST = 32
"""More bytes than what `_BEGINS` finds can have."""


@dataclass(frozen=True)
class Content:
    """Where a content stands in the file that was brought: from its first byte of base64 to behind its last."""

    begin: int
    end: int


def lift(file: BinaryIO, most: int = MOST_TEXT, piece: int = PIECE) -> tuple[bytes, list[Content]]:
    """The JSON of a file with a number in the place of each content, and where those stand.

    Raises `Unreadable` where the rest has more bytes than `most`. `piece` is how many bytes are read at once.
    """
    text, contents = bytearray(), list[Content]()
    buffer, begins, at = b"", 0, 0  # where in the file the buffer begins; up to where in it all is gone through
    inside: int | None = None  # where the content begins that is being passed over
    file.seek(0)
    ended = False
    while not ended:
        read, kept = file.read(piece), max(at - 1, 0)  # with the byte before, which may escape what follows
        buffer, begins, at, ended = buffer[kept:] + read, begins + kept, at - kept, not read
        while True:
            if inside is not None:
                end = buffer.find(b'"', at)
                if end < 0:
                    at = len(buffer)
                    break
                text += str(len(contents)).encode()
                contents.append(Content(inside, begins + end))
                at, inside = end, None
            found = _BEGINS.search(buffer, at)
            until = found.end() if found else len(buffer) if ended else max(at, len(buffer) - _LONGEST)
            text += buffer[at:until]
            at = until
            if len(text) > most or len(contents) > MOST_CONTENTS:
                raise Unreadable(f"Without its attached files this file has more than {MOST_TEXT // MIB} MiB.")
            if not found:
                break
            inside = begins + at
    return bytes(text), contents


def decoded(file: BinaryIO, content: Content) -> BinaryIO:
    """One content, in a file of its own that goes when it is closed. Raises `Unreadable` for what is not base64."""
    own = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=MIB))  # noqa: SIM115 the caller closes it
    file.seek(content.begin)
    left = content.end - content.begin
    while left > 0:
        read = file.read(min(left, PIECE))  # a number that base64 writes without a rest
        left -= len(read)
        try:
            own.write(b64decode(read, validate=True))
        except (binascii.Error, ValueError):
            own.close()
            raise Unreadable(NOT_BASE64) from None
        if not read:
            break
    own.seek(0)
    return own
