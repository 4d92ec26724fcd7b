"""Attempts at answering a turn: while one runs it has a lease, and in the end it says all that is known of it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    false,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, load_only, mapped_column

from portal.domain.chats import OwnedChatId
from portal.store.base import Record
from portal.store.chats import ChatRecord, TurnRecord, path_to


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
    effort: Mapped[str] = mapped_column(String(10), default="", server_default="")
    """The reasoning effort that it asks for; blank for the model's own."""
    key_source: Mapped[str] = mapped_column(String(20), default="")
    key_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(8), default="")
    finish: Mapped[str] = mapped_column(String(20), default="")
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    tokens_cache_read: Mapped[int | None]
    tokens_cache_write: Mapped[int | None]
    tokens_cache_write_long: Mapped[int | None]
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


def attempts_at(session: Session, chat_id: OwnedChatId, turn_ids: Iterable[UUID]) -> dict[UUID, list[AttemptRecord]]:
    """Each turn's attempts, from first to last."""
    query = (
        select(AttemptRecord)
        .where(AttemptRecord.turn_id.in_(list(turn_ids)), AttemptRecord.chat_id == chat_id)
        .order_by(AttemptRecord.created_at, AttemptRecord.id)
    )
    attempts: dict[UUID, list[AttemptRecord]] = {}
    for attempt in session.scalars(query):
        attempts.setdefault(attempt.turn_id, []).append(attempt)
    return attempts


def exchanges_before(
    session: Session, chat_id: OwnedChatId, turn: TurnRecord, states: Iterable[str]
) -> list[tuple[str, str]]:
    """Question and newest answer in one of these states, for every turn above this one, oldest first."""
    if turn.parent_id is None:
        return []
    path = path_to(session, chat_id, turn.parent_id)
    query = (
        select(AttemptRecord)
        .options(load_only(AttemptRecord.turn_id, AttemptRecord.text, raiseload=True))
        .where(AttemptRecord.turn_id.in_([step.id for step in path]), AttemptRecord.state.in_(list(states)))
        .order_by(AttemptRecord.created_at, AttemptRecord.id)
    )
    answers = {attempt.turn_id: attempt.text for attempt in session.scalars(query)}
    return [(step.text, answers.get(step.id, "")) for step in path]


def attempt_of(session: Session, chat_id: OwnedChatId, attempt_id: UUID) -> AttemptRecord | None:
    """An attempt of this chat."""
    query = select(AttemptRecord).where(AttemptRecord.id == attempt_id, AttemptRecord.chat_id == chat_id)
    return session.scalars(query).first()


def began_at(session: Session, chat_id: OwnedChatId, attempt_id: UUID) -> datetime | None:
    """When an attempt of this chat was begun."""
    query = select(AttemptRecord.created_at).where(AttemptRecord.id == attempt_id, AttemptRecord.chat_id == chat_id)
    return session.scalar(query)


def expire_attempts(session: Session, chat_id: OwnedChatId, now: datetime) -> None:
    """Write down what everybody reads already: a running attempt whose lease has passed is incomplete."""
    session.execute(
        update(AttemptRecord)
        .where(AttemptRecord.chat_id == chat_id, AttemptRecord.state == "streaming", AttemptRecord.lease_until <= now)
        .values(state="incomplete", finished_at=now)
    )


def running_attempt(session: Session, chat_id: OwnedChatId) -> AttemptRecord | None:
    query = select(AttemptRecord).where(AttemptRecord.chat_id == chat_id, AttemptRecord.state == "streaming")
    return session.scalars(query).first()


def size_of(session: Session, chat_id: OwnedChatId) -> tuple[int, int]:
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


def checkpoint(
    session: Session, chat_id: OwnedChatId, attempt_id: UUID, lease_until: datetime, **arrived: str
) -> bool | None:
    """Keep what arrived and renew the lease. Returns whether a stop was asked for; None when it runs no more."""
    query = (
        update(AttemptRecord)
        .where(*_in(chat_id, attempt_id, "streaming"))
        .values(lease_until=lease_until, **arrived)
        .returning(AttemptRecord.stop_asked)
    )
    return session.execute(query).scalar()


def stop_asked(session: Session, chat_id: OwnedChatId, attempt_id: UUID) -> bool | None:
    """Whether a stop was asked for; None when the attempt runs no more."""
    query = select(AttemptRecord.stop_asked).where(*_in(chat_id, attempt_id, "streaming"))
    return session.execute(query).scalar()


def ask_to_stop(session: Session, chat_id: OwnedChatId, attempt_id: UUID) -> None:
    session.execute(update(AttemptRecord).where(*_in(chat_id, attempt_id, "streaming")).values(stop_asked=True))


def finish(session: Session, chat_id: OwnedChatId, attempt_id: UUID, text: str, **outcome: Any) -> bool:
    """Write an attempt's outcome. If its lease was taken away meanwhile, only its text is kept. Says which it was."""
    running = update(AttemptRecord).where(*_in(chat_id, attempt_id, "streaming"))
    if cast(CursorResult[Any], session.execute(running.values(text=text, **outcome))).rowcount:
        return True
    taken = update(AttemptRecord).where(*_in(chat_id, attempt_id, "incomplete"))
    session.execute(taken.where(func.length(AttemptRecord.text) < len(text)).values(text=text))
    return False


def _in(chat_id: OwnedChatId, attempt_id: UUID, state: str) -> tuple[ColumnElement[bool], ...]:
    return AttemptRecord.id == attempt_id, AttemptRecord.chat_id == chat_id, AttemptRecord.state == state
