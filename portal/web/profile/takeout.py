"""Everything that one has here, as one file that is made while it is sent."""

import zipfile
from collections.abc import Iterator
from typing import Any

from flask import Response, current_app

from portal.domain.permissions import Permission
from portal.services import takeout
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.header_values import attachment
from portal.web.profile.blueprint import bp
from portal.web.streamed_files import within

PIECE = 64 * 1024
"""Bytes that go out together."""


@bp.get("/everything.zip", permission=Permission.SIGNED_IN, waits=Waits.DOWNLOAD)
def everything() -> Response:
    """Chats, usage and account of whoever asks. What was gathered so far is sent before the next is read."""
    files = takeout.every_file(actor(), runtime())
    return Response(
        within(current_app._get_current_object(), _zipped(files)),
        mimetype="application/zip",
        headers={"Content-Disposition": attachment("llm-portal-everything.zip"), "Cache-Control": "no-store"},
    )


class _Outbox:
    """What a zip file is written to when it cannot go back: bytes that wait to be sent."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self._sent = 0

    def write(self, data: Any) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = bytes(self.waiting)
        self.waiting.clear()
        return taken


def _zipped(files: Iterator[tuple[str, Iterator[str]]]) -> Iterator[bytes]:
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, text in files:
            with archive.open(name, "w", force_zip64=True) as file:
                for part in text:
                    file.write(part.encode())
                    if len(outbox.waiting) > PIECE:
                        yield outbox.take()
            if len(outbox.waiting) > PIECE:
                yield outbox.take()
    yield outbox.take()
