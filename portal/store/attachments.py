"""Attached files: their contents, each stored once for one person, and the uses of them in messages.

A content's bytes lie apart, in pieces, so that whatever lists files reads none of them. Without a use it is deleted,
by whoever took the last one away. A use without a turn stands in a message that is not sent yet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    UniqueConstraint,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.chats import OwnedChatId
from portal.store.base import Record
from portal.store.chats import branch_to

PIECE = 768 * 1024
"""Bytes of one piece: a number that base64 writes without a rest, so that pieces written so join to one text."""

CONTENT, SENT, THUMBNAIL, WORDS = "content", "sent", "thumbnail", "text"
"""What is stored of a file: itself; what is sent in its place; how it is shown small; the text in it."""


class ContentRecord(Record):
    """What one file holds, once for each person, and what is known of it."""

    __tablename__ = "attachment_contents"
    __table_args__ = (UniqueConstraint("user_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    stored: Mapped[int]
    """Bytes of all that is stored of it."""
    characters: Mapped[int]
    pages: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    has_sent: Mapped[bool]
    has_thumbnail: Mapped[bool]
    created_at: Mapped[datetime]


class PieceRecord(Record):
    """So many bytes of a content, or of what is stored beside it."""

    __tablename__ = "attachment_pieces"

    content_id: Mapped[UUID] = mapped_column(ForeignKey("attachment_contents.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(10), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class AttachmentRecord(Record):
    """One use of a content: under this name, at this place of a message."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_turn", "turn_id", "position"),
        Index("ix_attachments_chat", "chat_id"),
        Index("ix_attachments_content", "content_id"),
        Index("ix_attachments_user", "user_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    content_id: Mapped[UUID] = mapped_column(ForeignKey("attachment_contents.id", ondelete="CASCADE"))
    chat_id: Mapped[UUID | None] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    turn_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Attached:
    """A use of a content, with what is known of that. `depth` counts turns from below, where a branch was asked for."""

    id: UUID
    content_id: UUID
    chat_id: UUID | None
    turn_id: UUID | None
    name: str
    kind: str
    media_type: str
    sha256: str
    size: int
    characters: int
    pages: int
    width: int
    height: int
    has_sent: bool
    has_thumbnail: bool
    depth: int = 0


_USE = AttachmentRecord
_FACTS = (
    _USE.id,
    _USE.content_id,
    _USE.chat_id,
    _USE.turn_id,
    _USE.name,
    ContentRecord.kind,
    ContentRecord.media_type,
    ContentRecord.sha256,
    ContentRecord.size,
    ContentRecord.characters,
    ContentRecord.pages,
    ContentRecord.width,
    ContentRecord.height,
    ContentRecord.has_sent,
    ContentRecord.has_thumbnail,
)


def _attached(*further: Any) -> Select[Any]:
    return select(*_FACTS, *further).join(ContentRecord, ContentRecord.id == _USE.content_id)


def content_with(session: Session, user_id: UUID, sha256: str) -> ContentRecord | None:
    """This person's content of that hash."""
    mine = ContentRecord.user_id == user_id, ContentRecord.sha256 == sha256
    return session.scalars(select(ContentRecord).where(*mine)).first()


def add_piece(session: Session, content_id: UUID, part: str, number: int, data: bytes) -> None:
    """Store bytes of a content that is stored."""
    values = {"content_id": content_id, "part": part, "number": number, "data": data}
    session.connection().execute(insert(PieceRecord.__table__), values)


def pieces_of(session: Session, content_id: UUID, part: str) -> Iterator[bytes]:
    """What is stored, piece by piece, one in memory at a time."""
    wanted = PieceRecord.content_id == content_id, PieceRecord.part == part
    number = 0
    while (data := session.scalar(select(PieceRecord.data).where(*wanted, PieceRecord.number == number))) is not None:
        yield data
        number += 1


def piece_of(session: Session, content_id: UUID, part: str, number: int) -> bytes | None:
    """One piece; None behind the last."""
    wanted = PieceRecord.content_id == content_id, PieceRecord.part == part, PieceRecord.number == number
    return session.scalar(select(PieceRecord.data).where(*wanted))


def own(session: Session, user_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Attached]:
    """Those of these that are this person's."""
    rows = session.execute(_attached().where(_USE.id.in_(list(ids)), _USE.user_id == user_id))
    return {row.id: Attached(*row) for row in rows}


def claim(session: Session, attachment_id: UUID, chat_id: OwnedChatId, turn_id: UUID, position: int) -> None:
    """Let a use that has no turn yet be of this one, at this place."""
    mine = update(_USE).where(_USE.id == attachment_id, _USE.turn_id.is_(None))
    session.execute(mine.values(chat_id=chat_id, turn_id=turn_id, position=position))


def at_turns(session: Session, chat_id: OwnedChatId, turn_ids: Sequence[UUID]) -> dict[UUID, list[Attached]]:
    """What is attached to each of these turns of the chat, in order."""
    found: dict[UUID, list[Attached]] = {}
    if not turn_ids:
        return found
    query = _attached().where(_USE.chat_id == chat_id, _USE.turn_id.in_(turn_ids)).order_by(_USE.position)
    for row in session.execute(query):
        found.setdefault(row.turn_id, []).append(Attached(*row))
    return found


def on_branch(session: Session, chat_id: OwnedChatId, turn_id: UUID, turns: int) -> list[Attached]:
    """What is attached to this turn and to those before it, so many in all, in order, each with its turn's `depth`."""
    above = branch_to(chat_id, turn_id, turns)
    query = _attached(above.c.depth).join(above, above.c.id == _USE.turn_id)
    # house: bounded-all because a chat holds so many bytes and no more
    return [Attached(*row) for row in session.execute(query.order_by(above.c.depth.desc(), _USE.position))]


def size_of_person(session: Session, user_id: UUID) -> int:
    """Bytes of all that is stored for a person."""
    return session.scalar(select(func.sum(ContentRecord.stored)).where(ContentRecord.user_id == user_id)) or 0


def size_of_chat(session: Session, chat_id: OwnedChatId) -> int:
    """Bytes of the files of a chat, each counted once."""
    used = exists().where(_USE.chat_id == chat_id, _USE.content_id == ContentRecord.id)
    return session.scalar(select(func.sum(ContentRecord.size)).where(used)) or 0


def forget_unsent(session: Session, user_id: UUID, attachment_id: UUID) -> bool:
    """Delete a use that was never sent; whether there was one. Its content may then have none."""
    mine = delete(_USE).where(_USE.id == attachment_id, _USE.user_id == user_id, _USE.turn_id.is_(None))
    return bool(session.execute(mine).rowcount)


def forget_old_unsent(session: Session, before: datetime, most: int, user_id: UUID | None = None) -> list[UUID]:
    """Delete at most so many uses that were never sent; of whom they were."""
    old = select(_USE.id, _USE.user_id).where(_USE.turn_id.is_(None), _USE.created_at < before)
    if user_id is not None:
        old = old.where(_USE.user_id == user_id)
    found = list(session.execute(old.order_by(_USE.created_at).limit(most)))
    if found:
        session.execute(delete(_USE).where(_USE.id.in_([id for id, _ in found]), _USE.turn_id.is_(None)))
    return [user for _, user in found]


def forget_unused(session: Session, user_id: UUID) -> int:
    """Delete this person's contents that nothing uses any more; how many they were. Lock the person's row first."""
    used = exists().where(_USE.content_id == ContentRecord.id)
    gone = delete(ContentRecord).where(ContentRecord.user_id == user_id, ~used)
    return session.execute(gone.execution_options(synchronize_session=False)).rowcount


def is_any_unsent(session: Session, before: datetime) -> bool:
    """Whether a use that old was never sent."""
    return bool(session.scalar(select(exists().where(_USE.turn_id.is_(None), _USE.created_at < before))))


def named_anew(found: Attached, id: UUID) -> Attached:
    """The same content as another use."""
    return replace(found, id=id)
