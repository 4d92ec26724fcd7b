"""Attached files as a model gets them: images, documents where it reads those, else their words."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from portal.dialects.conversation import Document, Image, Part, Text
from portal.domain.attachments import (
    NOT_SEEN,
    PDF,
    TOO_FAR_BACK,
    UNREADABLE,
    Kind,
    as_text,
    left_out,
    text_of,
)
from portal.services.chat.fitting import Abilities
from portal.store import attachments as stored
from portal.store.attachments import Attached
from portal.store.base import Session

MIB = 1024 * 1024

MOST_SENT = 14 * MIB
"""Bytes of images and documents in one request. In base64 they are a third more, and some take 20 MB in all."""

MOST_IMAGES = 20
MOST_DOCUMENTS = 5
DOCUMENT_SIZE = {"bedrock": 4_500_000}
USUAL_DOCUMENT_SIZE = 10 * MIB
DOCUMENT_PAGES = 100
"""Beyond these a PDF is sent as its words: Bedrock takes 5 documents of 4.5 MB, others 100 pages."""

JPEG = b"\xff\xd8\xff"


@dataclass
class _Room:
    """What still fits into one request."""

    size: int = MOST_SENT
    images: int = MOST_IMAGES
    documents: int = MOST_DOCUMENTS


def by_question(
    session: Session, attached: Iterable[Attached], can: Abilities, dialect: str, last: int
) -> dict[int, tuple[Part, ...]]:
    """What stands before the words of each question, counted from 0 to `last`; `attached` is of one branch.

    Where not all of it fits, what is newest goes along. A model that reads no images is told that there was one.
    """
    files, room = list(attached), _Room()
    found: dict[UUID, Part] = {}
    for file in reversed(files):
        found[file.id] = _part(session, file, can, dialect, room)
    by_number: dict[int, tuple[Part, ...]] = {}
    names: set[str] = set()
    for file in files:
        number = last + 1 - file.depth
        by_number[number] = (*by_number.get(number, ()), _named_once(found[file.id], names))
    return by_number


def _part(session: Session, file: Attached, can: Abilities, dialect: str, room: _Room) -> Part:
    if file.kind == Kind.IMAGE:
        return _image(session, file, can, room)
    if file.kind == Kind.PDF:
        small = file.size <= DOCUMENT_SIZE.get(dialect, USUAL_DOCUMENT_SIZE) and file.pages <= DOCUMENT_PAGES
        if can.reads_pdf and small and room.documents and file.size <= room.size:
            room.documents, room.size = room.documents - 1, room.size - file.size
            return Document(media_type=PDF, data=_base64(session, file, stored.CONTENT), name=file.name)
        words = b"".join(stored.pieces_of(session, file.content_id, stored.WORDS)).decode("utf-8", "replace")
    else:
        words = text_of(b"".join(stored.pieces_of(session, file.content_id, stored.CONTENT))) or ""
    return Text(as_text(file.name, words) if words.strip() else left_out(file.name, UNREADABLE))


def _image(session: Session, file: Attached, can: Abilities, room: _Room) -> Part:
    if not can.sees:
        return Text(left_out(file.name, NOT_SEEN))
    data = _base64(session, file, stored.SENT if file.has_sent else stored.CONTENT) if room.images else ""
    size = len(data) * 3 // 4
    if not data or size > room.size:
        room.images = 0  # what is older goes along even less: no gaps in what a model sees
        return Text(left_out(file.name, TOO_FAR_BACK))
    room.images, room.size = room.images - 1, room.size - size
    # Its begin says what it is: what is sent may be another format than what was attached.
    begins = file.media_type == "image/jpeg" if not file.has_sent else data.startswith(b64encode(JPEG).decode())
    return Image(media_type="image/jpeg" if begins else "image/png", data=data)


def _base64(session: Session, file: Attached, part: str) -> str:
    """Pieces hold a multiple of three bytes, so that they join without a rest."""
    return "".join(b64encode(piece).decode("ascii") for piece in stored.pieces_of(session, file.content_id, part))


def _named_once(part: Part, names: set[str]) -> Part:
    """Two documents of one name in a request are refused by some."""
    if not isinstance(part, Document):
        return part
    stem, dot, ending = part.name.rpartition(".")
    name, number = part.name, 2
    while name in names:
        name, number = f"{stem or ending} {number}{dot}{ending if stem else ''}", number + 1
    names.add(name)
    return Document(media_type=part.media_type, data=part.data, name=name)
