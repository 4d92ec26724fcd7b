"""The list of a person's chats: which stand on which shelf, and what moves from one to another by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, func, literal, or_, select, tuple_, union_all, update
from sqlalchemy.orm import Session

from portal.domain.shelves import ARCHIVED, DELETED, OPEN, PINNED
from portal.store.base import Time
from portal.store.chats import ChatRecord


@dataclass(frozen=True)
class Talk:
    """One chat in the list."""

    id: UUID
    title: str
    changed_at: datetime
    shelf: str = OPEN


def talks_of(
    session: Session, user_id: UUID, *, shelf: str = OPEN, before: tuple[datetime, UUID] | None = None, limit: int
) -> list[Talk]:
    """The chats on one of a person's shelves, the last used first."""
    query = _talks(user_id, before).where(ChatRecord.shelf == shelf).limit(limit)
    return [Talk(*row) for row in session.execute(query)]


def talks_where(
    session: Session,
    user_id: UUID,
    conditions: Iterable[ColumnElement[bool]],
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Talk]:
    """The chats on all shelves but that of the deleted ones that a search finds, the last used first."""
    query = _talks(user_id, before).where(ChatRecord.shelf != DELETED, *conditions).limit(limit)
    return [Talk(*row) for row in session.execute(query)]


def _talks(user_id: UUID, before: tuple[datetime, UUID] | None) -> Select[UUID, str, datetime, str]:
    chat = ChatRecord
    query = select(chat.id, chat.title, chat.changed_at, chat.shelf).where(chat.user_id == user_id)
    if before:
        query = query.where(tuple_(chat.changed_at, chat.id) < tuple_(literal(before[0], Time), literal(before[1])))
    return query.order_by(chat.changed_at.desc(), chat.id.desc())


def ids_after(session: Session, user_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
    """So many ids of a person's chats but of deleted ones, in their own order, behind this one."""
    query = select(ChatRecord.id).where(ChatRecord.user_id == user_id, ChatRecord.shelf != DELETED)
    if after is not None:
        query = query.where(ChatRecord.id > after)
    return list(session.scalars(query.order_by(ChatRecord.id).limit(limit)))


def count_on(session: Session, user_id: UUID, shelf: str) -> int:
    """How many of a person's chats stand on a shelf."""
    here = ChatRecord.user_id == user_id, ChatRecord.shelf == shelf
    return session.scalar(select(func.count()).select_from(ChatRecord).where(*here)) or 0


def shelve_unused(session: Session, unused_since: datetime, now: datetime, limit: int) -> int:
    """Put so many chats of the list into the archive in which nothing was said since a moment; how many they were."""
    due = select(ChatRecord.id).where(ChatRecord.shelf == OPEN, ChatRecord.changed_at < unused_since)
    # Asked again where it is changed: whoever writes into one meanwhile keeps it in the list.
    return session.execute(
        update(ChatRecord)
        .where(
            ChatRecord.id.in_(due.limit(limit).scalar_subquery()),
            ChatRecord.shelf == OPEN,
            ChatRecord.changed_at < unused_since,
        )
        .values(shelf=ARCHIVED, shelved_at=now)
        .execution_options(synchronize_session=False)
    ).rowcount


def is_any_deleted_before(session: Session, moment: datetime) -> bool:
    """Whether anybody's chat was put on the shelf of the deleted ones before a moment."""
    return session.scalar(select(_deleted_before(moment).exists())) or False


def deleted_before(session: Session, moment: datetime, limit: int) -> list[ChatRecord]:
    """So many of them, locked."""
    return list(session.scalars(_deleted_before(moment).limit(limit).with_for_update()))


def _deleted_before(moment: datetime) -> Select[ChatRecord]:
    return select(ChatRecord).where(ChatRecord.shelf == DELETED, ChatRecord.shelved_at < moment)


def title_says(word: str) -> ColumnElement[bool]:
    """Whether the title holds the word. SQLite folds the case of ASCII alone, so the usual spellings are tried."""
    spellings = {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(ChatRecord.title.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))


def models_set_lately(session: Session, user_id: UUID, limit: int) -> list[UUID]:
    """The models that a person's last chats are set to, each once, the last used first."""
    found = session.scalars(_set_lately(limit), {"whose": user_id})
    # house: bounded-all because it is asked for so many
    return list(dict.fromkeys(model for model in found if model is not None))


@lru_cache(maxsize=4)
def _set_lately(limit: int) -> Select[UUID | None]:
    """Put together once, as each page of a chat asks it."""
    chat = ChatRecord
    lately = [
        select(chat.language_model_id, chat.changed_at, chat.id)
        .where(chat.user_id == bindparam("whose", type_=Uuid()), chat.shelf == shelf)
        .order_by(chat.changed_at.desc(), chat.id.desc())
        .limit(limit)
        .subquery()
        for shelf in (OPEN, PINNED)  # each by its index: together they would be sorted
    ]
    rows = union_all(*(select(part) for part in lately)).subquery()
    return select(rows.c.language_model_id).order_by(rows.c.changed_at.desc(), rows.c.id.desc()).limit(limit)
