"""Copies of chats that people gave each other to read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.shelves import DELETED
from portal.store.base import Record
from portal.store.chats import ChatRecord
from portal.store.people import UserRecord


class ChatShareRecord(Record):
    """What one person gave another to read: the chat as it stood then, as an export of it says it."""

    __tablename__ = "chat_shares"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    reader_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Share:
    """A copy, named: `person` is the other side, whoever asks."""

    id: UUID
    title: str
    person: str
    created_at: datetime


def count_of(session: Session, chat_id: UUID) -> int:
    """How many copies of a chat were given."""
    mine = ChatShareRecord.chat_id == chat_id
    return session.scalar(select(func.count()).select_from(ChatShareRecord).where(mine)) or 0


def of_chat(session: Session, chat_id: UUID, limit: int) -> list[Share]:
    """The copies of a chat with whom they were given to, the newest first."""
    share = ChatShareRecord
    query = (
        select(share.id, share.title, UserRecord.name, share.created_at)
        .join(UserRecord, UserRecord.id == share.reader_id)
        .where(share.chat_id == chat_id)
        .order_by(share.created_at.desc(), share.id)
    )
    return [Share(*row) for row in session.execute(query.limit(limit))]


def with_reader(session: Session, reader_id: UUID, limit: int) -> list[Share]:
    """What a person was given, the newest first. What its owner deleted a moment ago is not there."""
    share = ChatShareRecord
    query = (
        select(share.id, share.title, UserRecord.name, share.created_at)
        .join(UserRecord, UserRecord.id == share.owner_id)
        .join(ChatRecord, ChatRecord.id == share.chat_id)
        .where(share.reader_id == reader_id, ChatRecord.shelf != DELETED)
        .order_by(share.created_at.desc(), share.id)
    )
    return [Share(*row) for row in session.execute(query.limit(limit))]


def find(session: Session, share_id: UUID, person_id: UUID) -> tuple[ChatShareRecord, str] | None:
    """A copy with the name of its owner, for those two alone whom it concerns."""
    share = ChatShareRecord
    query = (
        select(share, UserRecord.name)
        .join(UserRecord, UserRecord.id == share.owner_id)
        .join(ChatRecord, ChatRecord.id == share.chat_id)
        .where(share.id == share_id, ChatRecord.shelf != DELETED)
        .where(or_(share.owner_id == person_id, share.reader_id == person_id))
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])
