"""Chats, and the turns of each: what a person asked, in branches."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    CTE,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from portal.domain.chats import OwnedChatId
from portal.domain.shelves import DELETED
from portal.store.base import Record
from portal.store.prepared import Prepared


class ChatRecord(Record):
    __tablename__ = "chats"
    __table_args__ = (
        Index("ix_chats_shelf", "user_id", "shelf", "changed_at", "id"),
        Index("ix_chats_due", "shelf", "changed_at"),
        Index("ix_chats_model", "language_model_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200), default="")
    titled_by: Mapped[str] = mapped_column(String(20), default="words")
    language_model_id: Mapped[UUID | None]
    system_prompt: Mapped[str] = mapped_column(Text, default="")
    leaf_id: Mapped[UUID | None]
    """The turn whose branch is shown."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    effort: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """The reasoning effort that somebody chose for it; blank for the model's own."""
    shelf: Mapped[str] = mapped_column(String(10), default="open", server_default="open")
    """A name of `portal.domain.shelves`."""
    shelved_at: Mapped[datetime | None]
    """When it was put there; None for one that always stood where it stands."""


class TurnRecord(Record):
    """What a person asked. Editing makes a sibling: another turn with the same parent."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("chat_id", "client_id"),
        Index("ix_turns_chat_parent", "chat_id", "parent_id", "created_at"),
        Index(
            "ix_turns_unlisted",
            "chat_id",
            sqlite_where=text("NOT words_listed"),
            postgresql_where=text("NOT words_listed"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    # Not CASCADE: SQLite would delete a long chat turn by turn in depth, and stop at a thousand.
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id", ondelete="SET NULL"), index=True)
    client_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    picked_id: Mapped[UUID | None]
    """The attempt that somebody picked; without one the newest is the answer."""
    words_listed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a search finds it by its words (`store.chat_words`)."""


def add_turn(session: Session, **values: Any) -> Any:
    """Store a turn whose chat is stored. What is returned has a record's columns and belongs to no session."""
    row = {"picked_id": None, "words_listed": False, **values}
    _ADD_TURN.execute(session.connection(), [row])
    return SimpleNamespace(**row)


_ADD_TURN = Prepared(insert(TurnRecord.__table__))


def count_of(session: Session, user_id: UUID) -> int:
    """How many chats a person has: what deleting the account would lose."""
    mine = ChatRecord.user_id == user_id, ChatRecord.shelf != DELETED
    return session.scalar(select(func.count()).select_from(ChatRecord).where(*mine)) or 0


# house: proofs-are-proven because it is asked whose the chat is
def chat_of(session: Session, user_id: UUID, chat_id: UUID) -> ChatRecord | None:
    """The chat, if it is this person's."""
    return session.scalars(_mine(user_id, chat_id)).first()


# house: proofs-are-proven because it is asked whose the chat is
def hold_chat(session: Session, user_id: UUID, chat_id: UUID, *, deleted: bool = False) -> ChatRecord | None:
    """The same, locked: one writer at a time decides what happens in a chat. `deleted`: one that was put away, too."""
    return session.scalars(_mine(user_id, chat_id, deleted=deleted).with_for_update()).first()


# house: proofs-are-proven because it is asked whose the chat is
def _mine(user_id: UUID, chat_id: UUID, *, deleted: bool = False) -> Select[ChatRecord]:
    query = select(ChatRecord).where(ChatRecord.id == chat_id, ChatRecord.user_id == user_id)
    return query if deleted else query.where(ChatRecord.shelf != DELETED)


def name_by_model(session: Session, chat_id: OwnedChatId, title: str) -> bool:
    """Give a chat this name, if nothing but its first words named it so far. When it was used last stays."""
    unnamed = update(ChatRecord).where(ChatRecord.id == chat_id, ChatRecord.titled_by == "words")
    named = unnamed.values(title=title, titled_by="model").execution_options(synchronize_session=False)
    return bool(session.execute(named).rowcount)  # type: ignore[attr-defined]


def turn_of(session: Session, chat_id: OwnedChatId, turn_id: UUID) -> TurnRecord | None:
    return session.scalars(select(TurnRecord).where(TurnRecord.id == turn_id, TurnRecord.chat_id == chat_id)).first()


def branch_to(chat_id: OwnedChatId, turn_id: UUID, limit: int | None = None) -> CTE:
    """The ids of the turns from the first one to this one, with their `depth` from below; the last so many of them."""
    return _branch(literal(chat_id), literal(turn_id), limit)


def _branch(its_chat: ColumnElement[UUID], last: ColumnElement[UUID], limit: int | None) -> CTE:
    above = (
        select(TurnRecord.id, TurnRecord.parent_id, literal(1).label("depth"))
        .where(TurnRecord.id == last, TurnRecord.chat_id == its_chat)
        .cte("above", recursive=True)
    )
    step: Select[Any] = select(TurnRecord.id, TurnRecord.parent_id, above.c.depth + 1).join(
        above, TurnRecord.id == above.c.parent_id
    )
    if limit is not None:
        step = step.where(above.c.depth < limit)
    return above.union_all(step)


def path_to(session: Session, chat_id: OwnedChatId, turn_id: UUID, limit: int | None = None) -> list[TurnRecord]:
    """The turns from the first one to this one; with a limit, the last that many of them."""
    # house: bounded-all because a chat has 3,000 turns at most, and an export takes them all
    return list(session.scalars(_path(limit), {"its_chat": chat_id, "last_turn": turn_id}))


@lru_cache(maxsize=16)
def _path(limit: int | None) -> Select[TurnRecord]:
    """Put together once for each length that pages ask for."""
    above = _branch(bindparam("its_chat", type_=Uuid()), bindparam("last_turn", type_=Uuid()), limit)
    return select(TurnRecord).join(above, TurnRecord.id == above.c.id).order_by(above.c.depth.desc())


def turns_of(session: Session, chat_id: OwnedChatId) -> list[TurnRecord]:
    """All turns of a chat, each after the one that it follows."""
    query = select(TurnRecord).where(TurnRecord.chat_id == chat_id).order_by(TurnRecord.created_at, TurnRecord.id)
    # house: bounded-all because a chat has 3,000 turns at most, and an export takes them all
    found = list(session.scalars(query))
    below: dict[UUID | None, list[TurnRecord]] = {}
    for turn in found:
        below.setdefault(turn.parent_id, []).append(turn)
    ordered, waiting = [], below.get(None, [])[::-1]
    while waiting:
        turn = waiting.pop()
        ordered.append(turn)
        waiting += below.get(turn.id, [])[::-1]
    return ordered


def depth_of(session: Session, chat_id: OwnedChatId, leaf_id: UUID, turn_id: UUID) -> int:
    """How many turns of a branch stand from this one to its end, both counted."""
    above = branch_to(chat_id, leaf_id)
    return session.scalar(select(above.c.depth).where(above.c.id == turn_id)) or 1


def newest_below(session: Session, chat_id: OwnedChatId, turn_id: UUID) -> UUID:
    """The end of a turn's branch: its newest descendant, or itself."""
    here = TurnRecord.id == turn_id, TurnRecord.chat_id == chat_id
    below = select(TurnRecord.id, TurnRecord.created_at).where(*here).cte("below", recursive=True)
    child = aliased(TurnRecord)
    below = below.union_all(select(child.id, child.created_at).join(below, child.parent_id == below.c.id))
    newest = select(below.c.id).order_by(below.c.created_at.desc(), below.c.id.desc()).limit(1)
    return cast(UUID, session.scalars(newest).one())


def siblings_of(session: Session, chat_id: OwnedChatId, turns: Iterable[TurnRecord]) -> dict[UUID | None, list[UUID]]:
    """For each parent of these turns, its children from oldest to newest."""
    parents = {turn.parent_id for turn in turns}
    conditions: list[ColumnElement[bool]] = [TurnRecord.parent_id.in_([parent for parent in parents if parent])]
    if None in parents:
        conditions.append(TurnRecord.parent_id.is_(None))
    query = (
        select(TurnRecord.parent_id, TurnRecord.id)
        .where(TurnRecord.chat_id == chat_id, or_(*conditions))
        .order_by(TurnRecord.created_at, TurnRecord.id)
    )
    children: dict[UUID | None, list[UUID]] = {}
    for parent_id, turn_id in session.execute(query):
        children.setdefault(parent_id, []).append(turn_id)
    return children


def children_of(session: Session, chat_id: OwnedChatId, parent_id: UUID | None) -> list[UUID]:
    """The turns with this parent, from oldest to newest: the versions of one question."""
    mine = TurnRecord.parent_id.is_(None) if parent_id is None else TurnRecord.parent_id == parent_id
    query = select(TurnRecord.id).where(TurnRecord.chat_id == chat_id, mine)
    # house: bounded-all because a chat has 3,000 turns at most
    return list(session.scalars(query.order_by(TurnRecord.created_at, TurnRecord.id)))


def count_set_to(session: Session, language_model_ids: list[UUID]) -> int:
    """How many chats are set to one of these models."""
    if not language_model_ids:
        return 0
    wanted = ChatRecord.language_model_id.in_(language_model_ids)
    return session.scalar(select(func.count()).select_from(ChatRecord).where(wanted)) or 0
