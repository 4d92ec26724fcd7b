"""Taking a file in: recognised by what is in it, read in a process of its own, stored once for each person."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, cast
from uuid import UUID, uuid4

from portal.domain.attachments import (
    EMPTY,
    MIB,
    NO_KIND,
    TEXT_CHARACTERS,
    Kind,
    Known,
    Sizes,
    clean_name,
    recognise,
    refusal,
    size_words,
    text_of,
)
from portal.domain.errors import Invalid, NotFound, Overloaded
from portal.domain.people import Actor
from portal.files import fence
from portal.files.fence import Limits, Reading
from portal.services.chat.attachments import FIELD, UNSENT, AttachmentView, sizes, view_of
from portal.services.runtime import Runtime
from portal.store import attachments as stored
from portal.store import questions
from portal.store.attachments import CONTENT, PIECE, SENT, THUMBNAIL, WORDS, AttachmentRecord, ContentRecord
from portal.store.base import Session, reading, transaction
from portal.store.turns import Turns

PATIENCE = 60.0
"""Seconds that a file waits for others to be read."""

BUSY = "Many files are being read just now. Nothing was attached; try again in a moment."
TOO_LONG = f"This text has more than {TEXT_CHARACTERS:,} characters. Attach the part that matters."

_places = Turns(fence.AT_ONCE)


@dataclass(frozen=True)
class Bench:
    """How files are read. Tests have tighter limits, and a reader that does not end."""

    limits: Limits = field(default_factory=Limits)
    reader: Path = fence.READER


BENCH = Bench()


def add(actor: Actor, runtime: Runtime, file: BinaryIO, name: str, bench: Bench = BENCH) -> AttachmentView:
    """Take a file in, for a message that is not sent yet. Raises `Invalid` with the sentence that says why not.

    It may wait for a process that reads the file, and meanwhile holds no connection to the database.
    """
    if actor.id is None:
        raise NotFound
    size, known = _looked_at(file)
    with reading() as session:
        most = sizes(session)
    if size > most.file * MIB:
        _refuse(f"This file has {size_words(size)}; {most.file} MiB fit.")
    if known.kind is None:
        _refuse(known.fault)
    sha256 = _hash_of(file)
    with reading() as session:
        is_new = stored.content_with(session, actor.id, sha256) is None
        _refuse_too_much(session, actor.id, size if is_new else 0, most)
    found = _read(file, size, known, bench) if is_new else None
    with transaction() as session:
        if questions.step_up(session, actor.id) is None:
            raise NotFound
        if stored.forget_old_unsent(session, runtime.now() - UNSENT, 100, actor.id):
            stored.forget_unused(session, actor.id)
        content = stored.content_with(session, actor.id, sha256)
        if content is None and found is None:  # what it was like was deleted at this very moment
            raise Overloaded(BUSY, 1)
        if content is None and found is not None:
            content = _keep(session, runtime, actor.id, sha256, file, size, known, found)
            _refuse_too_much(session, actor.id, 0, most)
        assert content is not None
        use = AttachmentRecord(
            id=uuid4(),
            user_id=actor.id,
            content_id=content.id,
            position=0,
            name=clean_name(name, content.media_type),
            created_at=runtime.now(),
        )
        session.add(use)
        session.flush()
        return view_of(stored.own(session, actor.id, [use.id])[use.id])


def _looked_at(file: BinaryIO) -> tuple[int, Known]:
    size = file.seek(0, 2)
    file.seek(0)
    return size, recognise(file.read(1024))


def _hash_of(file: BinaryIO) -> str:
    file.seek(0)
    hashed = hashlib.sha256()
    while piece := file.read(PIECE):
        hashed.update(piece)
    return hashed.hexdigest()


def _refuse(sentence: str) -> None:
    raise Invalid({FIELD: sentence})


def _refuse_too_much(session: Session, user_id: UUID, more: int, most: Sizes) -> None:
    if stored.size_of_person(session, user_id) + more > most.person * MIB:
        _refuse(f"Your chats hold as many files as one person may keep, {most.person:,} MiB. Delete a chat with files.")


def _read(file: BinaryIO, size: int, known: Known, bench: Bench) -> Reading:
    """What is in the file: words here, as nothing can go wrong with them; all else in a process of its own."""
    if known.kind is Kind.TEXT:
        if size > 4 * TEXT_CHARACTERS:
            _refuse(TOO_LONG)
        file.seek(0)
        text = text_of(file.read())
        if text is None:
            _refuse(NO_KIND)
        elif not text.strip():
            _refuse(EMPTY)
        elif len(text) > TEXT_CHARACTERS:
            _refuse(TOO_LONG)
        return Reading(characters=len(text or ""))
    kind = cast(Literal["image", "pdf"], str(known.kind))
    if not _places.take(PATIENCE):
        raise Overloaded(BUSY, 5)
    try:
        with _with_descriptor(file) as own:
            found = fence.read(own, kind, known.media_type, bench.limits, bench.reader)
    finally:
        _places.give_back()
    if found.refused:
        _refuse(refusal(found.refused, found.number, bench.limits.pages, bench.limits.pixels))
    return found


@contextmanager
def _with_descriptor(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file as a process can be given it: small ones are in memory alone."""
    try:
        file.fileno()
    except (OSError, AttributeError):
        pass
    else:
        file.flush()
        yield file
        return
    with tempfile.TemporaryFile() as own:
        file.seek(0)
        while piece := file.read(PIECE):
            own.write(piece)
        own.flush()
        yield own


def _keep(
    session: Session,
    runtime: Runtime,
    user_id: UUID,
    sha256: str,
    file: BinaryIO,
    size: int,
    known: Known,
    found: Reading,
) -> ContentRecord:
    """Store the file piece by piece, and what was found in it."""
    content = ContentRecord(
        id=uuid4(),
        user_id=user_id,
        sha256=sha256,
        kind=str(known.kind),
        media_type=known.media_type,
        size=size,
        stored=size + sum(map(len, found.parts.values())),
        characters=found.characters,
        pages=found.pages,
        width=found.width,
        height=found.height,
        has_sent=SENT in found.parts,
        has_thumbnail=THUMBNAIL in found.parts,
        created_at=runtime.now(),
    )
    session.add(content)
    session.flush()
    file.seek(0)
    number = 0
    while piece := file.read(PIECE):
        stored.add_piece(session, content.id, CONTENT, number, piece)
        number += 1
    for part in (SENT, THUMBNAIL, WORDS):
        data = found.parts.get(part, b"")
        for number, begin in enumerate(range(0, len(data), PIECE)):
            stored.add_piece(session, content.id, part, number, data[begin : begin + PIECE])
    return content
