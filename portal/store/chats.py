"""Chats, their turns, and each attempt at answering one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    Select,
    String,
    Text,
    UniqueConstraint,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, aliased, load_only, mapped_column

from portal.store.base import Record, Time


class ChatRecord(Record):
    __tablename__ = "chats"
    __table_args__ = (Index("ix_chats_user", "user_id", "changed_at", "id"),)

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


class TurnRecord(Record):
    """What a person asked. Editing makes a sibling: another turn with the same parent."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("chat_id", "client_id"),
        Index("ix_turns_chat_parent", "chat_id", "parent_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    # Not CASCADE: SQLite would delete a long chat turn by turn in depth, and stop at a thousand.
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id", ondelete="SET NULL"), index=True)
    client_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class AttemptRecord(Record):
    """One try at an answer. While `streaming` it is read as incomplete once `lease_until` has passed."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_running",
            "chat_id",
            unique=True,
            sqlite_where=text("state = 'streaming'"),
            postgresql_where=text("state = 'streaming'"),
        ),
        Index("ix_attempts_turn", "turn_id", "created_at"),
        Index("ix_attempts_provider", "provider_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20))
    stop_asked: Mapped[bool] = mapped_column(default=False, server_default=false())
    text: Mapped[str] = mapped_column(Text, default="")
    thinking: Mapped[str] = mapped_column(Text, default="")
    context: Mapped[str] = mapped_column(String(60), default="root")
    language_model_id: Mapped[UUID | None]
    provider_id: Mapped[UUID | None]
    requested_model: Mapped[str] = mapped_column(String(300), default="")
    selected_model: Mapped[str] = mapped_column(String(300), default="")
    display_name: Mapped[str] = mapped_column(String(200), default="")
    provider_label: Mapped[str] = mapped_column(String(120), default="")
    reported_model: Mapped[str] = mapped_column(String(300), default="")
    layer: Mapped[str] = mapped_column(String(40), default="")
    trail: Mapped[list[Any]] = mapped_column(JSON, default=list)
    key_source: Mapped[str] = mapped_column(String(20), default="")
    key_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(8), default="")
    finish: Mapped[str] = mapped_column(String(20), default="")
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    tokens_cache_read: Mapped[int | None]
    tokens_cache_write: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
    first_ms: Mapped[int | None]
    total_ms: Mapped[int | None]
    category: Mapped[str] = mapped_column(String(30), default="")
    status: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    retry_after: Mapped[float | None]
    request_id: Mapped[str] = mapped_column(String(200), default="")
    notes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Talk:
    """One chat in the list."""

    id: UUID
    title: str
    changed_at: datetime


def talks_of(
    session: Session, user_id: UUID, *, search: str, before: tuple[datetime, UUID] | None, limit: int
) -> list[Talk]:
    """A person's chats, the last used first. `search` looks at titles and at what was asked."""
    chat = ChatRecord
    query = select(chat.id, chat.title, chat.changed_at).where(chat.user_id == user_id)
    for word in search.split():
        asked = exists().where(TurnRecord.chat_id == chat.id, _says(TurnRecord.text, word))
        query = query.where(or_(_says(chat.title, word), asked))
    if before:
        query = query.where(tuple_(chat.changed_at, chat.id) < tuple_(literal(before[0], Time), literal(before[1])))
    query = query.order_by(chat.changed_at.desc(), chat.id.desc()).limit(limit)
    return [Talk(*row) for row in session.execute(query)]


def count_of(session: Session, user_id: UUID) -> int:
    """How many chats a person has: what deleting the account would lose."""
    return session.scalar(select(func.count()).select_from(ChatRecord).where(ChatRecord.user_id == user_id)) or 0


def _says(column: Mapped[str], word: str) -> ColumnElement[bool]:
    """Whether the text holds the word. SQLite folds the case of ASCII alone, so the usual spellings are tried."""
    spellings = {word, word.lower(), word.upper(), word.capitalize()}
    return or_(*(column.icontains(spelling, autoescape=True) for spelling in sorted(spellings)))


def chat_of(session: Session, user_id: UUID, chat_id: UUID) -> ChatRecord | None:
    """The chat, if it is this person's."""
    return session.scalars(select(ChatRecord).where(ChatRecord.id == chat_id, ChatRecord.user_id == user_id)).first()


def hold_chat(session: Session, user_id: UUID, chat_id: UUID) -> ChatRecord | None:
    """The same, locked: one writer at a time decides what happens in a chat."""
    query = select(ChatRecord).where(ChatRecord.id == chat_id, ChatRecord.user_id == user_id)
    return session.scalars(query.with_for_update()).first()


def open_chat(session: Session, user_id: UUID, chat_id: UUID, now: datetime) -> bool:
    """Make an empty chat with this id, unless there is one. Two at once make one. Says whether it was made."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"id": chat_id, "user_id": user_id, "created_at": now, "changed_at": now}
    result = session.execute(insert(ChatRecord).values(**values).on_conflict_do_nothing())
    return bool(result.rowcount)


def turn_of(session: Session, chat_id: UUID, turn_id: UUID) -> TurnRecord | None:
    return session.scalars(select(TurnRecord).where(TurnRecord.id == turn_id, TurnRecord.chat_id == chat_id)).first()


def turn_sent_as(session: Session, chat_id: UUID, client_id: str) -> TurnRecord | None:
    """The turn that a client's id already stands for."""
    query = select(TurnRecord).where(TurnRecord.chat_id == chat_id, TurnRecord.client_id == client_id)
    return session.scalars(query).first()


def path_to(session: Session, turn_id: UUID, limit: int | None = None) -> list[TurnRecord]:
    """The turns from the first one to this one; with a limit, the last that many of them."""
    above = (
        select(TurnRecord.id, TurnRecord.parent_id, literal(1).label("depth"))
        .where(TurnRecord.id == turn_id)
        .cte("above", recursive=True)
    )
    step: Select[Any] = select(TurnRecord.id, TurnRecord.parent_id, above.c.depth + 1).join(
        above, TurnRecord.id == above.c.parent_id
    )
    if limit is not None:
        step = step.where(above.c.depth < limit)
    above = above.union_all(step)
    query = select(TurnRecord).join(above, TurnRecord.id == above.c.id).order_by(above.c.depth.desc())
    return list(session.scalars(query))


def newest_below(session: Session, turn_id: UUID) -> UUID:
    """The end of a turn's branch: its newest descendant, or itself."""
    below = select(TurnRecord.id, TurnRecord.created_at).where(TurnRecord.id == turn_id).cte("below", recursive=True)
    child = aliased(TurnRecord)
    below = below.union_all(select(child.id, child.created_at).join(below, child.parent_id == below.c.id))
    return session.scalars(select(below.c.id).order_by(below.c.created_at.desc(), below.c.id.desc()).limit(1)).one()


def siblings_of(session: Session, chat_id: UUID, turns: Iterable[TurnRecord]) -> dict[UUID | None, list[UUID]]:
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


def attempts_at(session: Session, turn_ids: Iterable[UUID]) -> dict[UUID, list[AttemptRecord]]:
    """Each turn's attempts, from first to last."""
    query = (
        select(AttemptRecord)
        .where(AttemptRecord.turn_id.in_(list(turn_ids)))
        .order_by(AttemptRecord.created_at, AttemptRecord.id)
    )
    attempts: dict[UUID, list[AttemptRecord]] = {}
    for attempt in session.scalars(query):
        attempts.setdefault(attempt.turn_id, []).append(attempt)
    return attempts


def exchanges_before(session: Session, turn: TurnRecord, states: Iterable[str]) -> list[tuple[str, str]]:
    """Question and newest answer in one of these states, for every turn above this one, oldest first."""
    if turn.parent_id is None:
        return []
    path = path_to(session, turn.parent_id)
    query = (
        select(AttemptRecord)
        .options(load_only(AttemptRecord.turn_id, AttemptRecord.text, raiseload=True))
        .where(AttemptRecord.turn_id.in_([step.id for step in path]), AttemptRecord.state.in_(list(states)))
        .order_by(AttemptRecord.created_at, AttemptRecord.id)
    )
    answers = {attempt.turn_id: attempt.text for attempt in session.scalars(query)}
    return [(step.text, answers.get(step.id, "")) for step in path]


def attempt_of(session: Session, user_id: UUID, chat_id: UUID, attempt_id: UUID) -> AttemptRecord | None:
    """An attempt, if the chat is this person's."""
    query = (
        select(AttemptRecord)
        .join(ChatRecord, ChatRecord.id == AttemptRecord.chat_id)
        .where(AttemptRecord.id == attempt_id, ChatRecord.id == chat_id, ChatRecord.user_id == user_id)
    )
    return session.scalars(query).first()


def expire_attempts(session: Session, chat_id: UUID, now: datetime) -> None:
    """Write down what everybody reads already: a running attempt whose lease has passed is incomplete."""
    session.execute(
        update(AttemptRecord)
        .where(AttemptRecord.chat_id == chat_id, AttemptRecord.state == "streaming", AttemptRecord.lease_until <= now)
        .values(state="incomplete", finished_at=now)
    )


def running_attempt(session: Session, chat_id: UUID) -> AttemptRecord | None:
    query = select(AttemptRecord).where(AttemptRecord.chat_id == chat_id, AttemptRecord.state == "streaming")
    return session.scalars(query).first()


def size_of(session: Session, chat_id: UUID) -> tuple[int, int]:
    """How many turns a chat has, and how many characters all its questions and answers have."""
    turns, asked = session.execute(
        select(func.count(), func.coalesce(func.sum(func.length(TurnRecord.text)), 0)).where(
            TurnRecord.chat_id == chat_id
        )
    ).one()
    said = func.length(AttemptRecord.text) + func.length(AttemptRecord.thinking)
    answers = select(func.coalesce(func.sum(said), 0)).join(TurnRecord, TurnRecord.id == AttemptRecord.turn_id)
    answered = session.scalar(answers.where(TurnRecord.chat_id == chat_id))
    return turns, asked + (answered or 0)


def count_running(session: Session, user_id: UUID, now: datetime) -> int:
    """How many of a person's chats are being answered."""
    query = (
        select(func.count())
        .select_from(AttemptRecord)
        .join(ChatRecord, ChatRecord.id == AttemptRecord.chat_id)
        .where(AttemptRecord.state == "streaming", AttemptRecord.lease_until > now, ChatRecord.user_id == user_id)
    )
    return session.scalar(query) or 0


def checkpoint(session: Session, attempt_id: UUID, lease_until: datetime, **arrived: str) -> bool | None:
    """Keep what arrived and renew the lease. Returns whether a stop was asked for; None when it runs no more."""
    query = (
        update(AttemptRecord)
        .where(AttemptRecord.id == attempt_id, AttemptRecord.state == "streaming")
        .values(lease_until=lease_until, **arrived)
        .returning(AttemptRecord.stop_asked)
    )
    return session.execute(query).scalar()


def stop_asked(session: Session, attempt_id: UUID) -> bool | None:
    """Whether a stop was asked for; None when the attempt runs no more."""
    query = select(AttemptRecord.stop_asked).where(AttemptRecord.id == attempt_id, AttemptRecord.state == "streaming")
    return session.execute(query).scalar()


def ask_to_stop(session: Session, attempt_id: UUID) -> None:
    session.execute(
        update(AttemptRecord)
        .where(AttemptRecord.id == attempt_id, AttemptRecord.state == "streaming")
        .values(stop_asked=True)
    )


def settle(session: Session, attempt_id: UUID, text: str, **outcome: Any) -> bool:
    """Write an attempt's outcome. If its lease was taken away meanwhile, only its text is kept. Says which it was."""
    running = update(AttemptRecord).where(AttemptRecord.id == attempt_id, AttemptRecord.state == "streaming")
    if session.execute(running.values(text=text, **outcome)).rowcount:
        return True
    taken = update(AttemptRecord).where(AttemptRecord.id == attempt_id, AttemptRecord.state == "incomplete")
    session.execute(taken.where(func.length(AttemptRecord.text) < len(text)).values(text=text))
    return False


def count_set_to(session: Session, language_model_ids: list[UUID]) -> int:
    """How many chats are set to one of these models."""
    if not language_model_ids:
        return 0
    wanted = ChatRecord.language_model_id.in_(language_model_ids)
    return session.scalar(select(func.count()).select_from(ChatRecord).where(wanted)) or 0
