"""Files in messages: whose they are, what is shown of them, and letting go of them. Somebody else's is not there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from portal.domain.attachments import (
    IMAGES,
    SIZES,
    Kind,
    Sizes,
    size_words,
    told_name,
)
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.services.runtime import Runtime
from portal.store import attachments as stored
from portal.store import questions
from portal.store import settings as stored_settings
from portal.store.attachments import Attached
from portal.store.base import Database, Session, at, reading, this_database, transaction

FIELD = "attachment"
"""The field of a message's form that names what is attached."""

UNSENT = timedelta(days=1)
"""For how long a file is kept that no message was sent with."""

SETTINGS = {name: f"attachment_{name}_mib" for name in ("file", "chat", "person")}
"""Under which names the deployment's sizes are stored."""


@dataclass(frozen=True)
class AttachmentView:
    """A file as people see it: its name, what it is, and a word on a name that misleads."""

    id: UUID
    name: str
    kind: Kind
    media_type: str
    size: int
    pages: int
    width: int
    height: int
    has_thumbnail: bool
    sha256: str = ""

    @property
    def facts(self) -> str:
        """ "PNG, 1200 × 800, 14 KiB"."""
        what = {Kind.TEXT: "Text", Kind.PDF: "PDF"}.get(self.kind) or IMAGES[self.media_type]
        shape = f"{self.width} × {self.height}" if self.kind is Kind.IMAGE else ""
        pages = f"{self.pages:,} page{'' if self.pages == 1 else 's'}" if self.kind is Kind.PDF else ""
        return ", ".join(fact for fact in (what, shape or pages, size_words(self.size)) if fact)

    @property
    def note(self) -> str:
        return told_name(self.name, self.media_type)


def view_of(found: Attached) -> AttachmentView:
    return AttachmentView(
        found.id,
        found.name,
        Kind(found.kind),
        found.media_type,
        found.size,
        found.pages,
        found.width,
        found.height,
        found.has_thumbnail,
        found.sha256,
    )


def views(found: Iterable[Attached]) -> tuple[AttachmentView, ...]:
    return tuple(map(view_of, found))


def sizes(session: Session) -> Sizes:
    """How much the deployment lets people attach."""
    found = {name: stored_settings.find(session, key) for name, key in SETTINGS.items()}
    return Sizes(**{name: int(value or getattr(SIZES, name)) for name, value in found.items()})


def unsent(actor: Actor, runtime: Runtime, ids: Sequence[UUID]) -> tuple[AttachmentView, ...]:
    """Those of these that are there, in this order: what a page draws again that a message is written in."""
    if actor.id is None or not ids:
        return ()
    with reading() as session:
        found = stored.own(session, actor.id, ids)
    return views(found[id] for id in dict.fromkeys(ids) if id in found)


def show(actor: Actor, runtime: Runtime, attachment_id: UUID) -> AttachmentView:
    """One of this person's files."""
    return view_of(_own(actor, attachment_id))


def content(actor: Actor, runtime: Runtime, attachment_id: UUID, part: str = stored.CONTENT) -> Iterator[bytes]:
    """What a file holds, or how it is shown small, piece by piece: no connection is held between two of them.

    Raises `NotFound` before the first piece. Whoever reads on needs no application around it.
    """
    found = _own(actor, attachment_id)
    with reading() as session:
        first = stored.piece_of(session, found.content_id, part, 0)
    if first is None:
        raise NotFound
    return _pieces(this_database(), found.content_id, part, first)


def thumbnail(actor: Actor, runtime: Runtime, attachment_id: UUID) -> bytes:
    return b"".join(content(actor, runtime, attachment_id, stored.THUMBNAIL))


def _pieces(database: Database, content_id: UUID, part: str, piece: bytes | None) -> Iterator[bytes]:
    number = 0
    while piece is not None:
        yield piece
        number += 1
        with at(database), reading() as session:
            piece = stored.piece_of(session, content_id, part, number)


def _own(actor: Actor, attachment_id: UUID) -> Attached:
    if actor.id is None:
        raise NotFound
    with reading() as session:
        found = stored.own(session, actor.id, [attachment_id]).get(attachment_id)
    if found is None:
        raise NotFound
    return found


def remove(actor: Actor, runtime: Runtime, attachment_id: UUID) -> None:
    """Take a file out of a message that is not sent yet. One that was sent stays with its chat."""
    if actor.id is None:
        raise NotFound
    with transaction() as session:
        questions.step_up(session, actor.id)
        if not stored.forget_unsent(session, actor.id, attachment_id):
            raise NotFound
        stored.forget_unused(session, actor.id)


def prune(runtime: Runtime, most: int = 500) -> int:
    """Delete files that no message was sent with for a day; how many there were. The worker does it once a day."""
    with reading() as session:
        if not stored.is_any_unsent(session, runtime.now() - UNSENT):
            return 0
    with transaction() as session:
        owners = stored.forget_old_unsent(session, runtime.now() - UNSENT, most)
    for owner in sorted(set(owners)):
        forget_unused(owner)
    return len(owners)


def forget_unused(user_id: UUID) -> None:
    """Delete what this person's chats hold no more: whoever deleted a chat for good calls it then."""
    with transaction() as session:
        questions.step_up(session, user_id)  # nobody attaches a file of it meanwhile
        stored.forget_unused(session, user_id)
