"""How much a request may send, route by route: refused before anything of it is read as a form.

Each rule of the url map carries its bound, as it carries its permission. A sign-in needs little, and so little is all
that a stranger can have parsed; a message in any script needs more.
"""

from typing import BinaryIO

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge

KIB = 1024
FORM = 128 * KIB
"""What any form needs that was not given more: a key's file, a few lines of patterns, thousands of characters."""

TEXT = 1024 * KIB
"""A system prompt of 64,000 characters in any script, percent-encoded, and the rest of its form; 200 long patterns."""

MESSAGE = 4 * 1024 * KIB
"""A message of 256,000 characters in any script, percent-encoded, and the rest of its form."""

LISTING = 4 * 1024 * KIB
"""Thousands of listed models, each with what was read and typed of it."""

UPLOAD = 56 * 1024 * KIB
"""A file of 50 MiB, the most that a deployment may let people attach, and a message with it. Its fields are bounded
by `LARGEST`, and the files lie on disk: no request holds so much in memory."""
CHATS = 160 * 1024 * KIB
"""Chats as files: the 100 MiB that the files of one may have as things come, in base64, and ten million characters.
They lie on disk, and of what is attached in them no request holds more than a piece in memory."""

CONFIGURATION = 2 * 1024 * KIB
"""A configuration of 512 KiB as a file; or encrypted in a form, and once more in the one that asks for the password."""

LARGEST = max(FORM, TEXT, MESSAGE, LISTING)


def install(app: Flask) -> None:
    """Bound each request by its route. Install it before whatever reads a form, CSRF protection among others."""
    app.config.update(MAX_CONTENT_LENGTH=FORM, MAX_FORM_MEMORY_SIZE=LARGEST)

    @app.before_request
    def _bound() -> None:
        request.max_content_length = bound()
        if (request.content_length or 0) > bound():
            raise RequestEntityTooLarge
        if request.content_length is None and "wsgi.input" in request.environ:
            # Werkzeug would cut it at its bound and parse what it has, as though that were all of the form.
            request.environ["wsgi.input"] = Bounded(request.environ["wsgi.input"], bound())
            request.max_content_length = bound() + 1

    @app.teardown_request
    def _close_files(_error: BaseException | None) -> None:
        request.close()  # what was sent as a file lies on disk until then


class Bounded:
    """A body that came without its length. To read it further than its bound is an error, and no shorter body."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream = stream
        self._left = left

    def read(self, size: int = -1) -> bytes:
        """The next bytes; all of them without a size."""
        part = self._stream.read(self._left + 1 if size < 0 else min(size, self._left + 1))
        self._left -= len(part)
        if self._left < 0:
            raise RequestEntityTooLarge
        return part


def bound() -> int:
    """How many bytes the route of this request takes."""
    return int(getattr(request.url_rule, "body", FORM))


def said(size: int) -> str:
    """ "128 KiB", "4 MiB"."""
    return f"{size // KIB} KiB" if size < KIB * KIB else f"{size // (KIB * KIB)} MiB"
