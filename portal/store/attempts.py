"""Attempts at answering a turn: while one runs it has a lease, and in the end it says all that is known of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    bindparam,
    false,
    func,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.chats import OwnedChatId
from portal.store.base import Record, Time
from portal.store.prepared import Prepared


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
        Index("ix_attempts_created", "created_at"),
        Index(
            "ix_attempts_unlisted",
            "chat_id",
            sqlite_where=text("NOT words_listed"),
            postgresql_where=text("NOT words_listed"),
        ),
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
    tokens_reasoning: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
    saved: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
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
    beside: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it was asked for to be read beside the one before it, so that somebody picks one."""
    thought_ms: Mapped[int | None]
    """How long the model thought before its first word."""
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    words_listed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a search finds the answer by its words (`store.chat_words`)."""


@dataclass(frozen=True)
class Asked:
    """A condition that is put together once, and the values it is asked with."""

    condition: ColumnElement[bool]
    values: Mapping[str, Any]


def begin(session: Session, **values: Any) -> Any:
    """Store an attempt whose turn is stored. What is returned has a record's columns and belongs to no session."""
    row = {name: list(value) if isinstance(value, list) else value for name, value in _DEFAULTS.items()}
    row |= {"id": uuid4(), **values}
    _BEGIN.execute(session.connection(), [row])
    return SimpleNamespace(**row)


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


def attempt_of(session: Session, chat_id: OwnedChatId, attempt_id: UUID) -> AttemptRecord | None:
    """An attempt of this chat."""
    query = select(AttemptRecord).where(AttemptRecord.id == attempt_id, AttemptRecord.chat_id == chat_id)
    return session.scalars(query).first()


def expire_attempts(session: Session, chat_id: OwnedChatId, now: datetime) -> bool:
    """Write down what everybody reads already: a running attempt whose lease has passed is incomplete.

    Returns whether there was one.
    """
    running = update(AttemptRecord).where(AttemptRecord.chat_id == chat_id, AttemptRecord.state == "streaming")
    expired = running.where(AttemptRecord.lease_until <= now).values(state="incomplete", finished_at=now)
    return bool(session.execute(expired).rowcount)  # type: ignore[attr-defined]


def running_attempt(session: Session, chat_id: OwnedChatId) -> AttemptRecord | None:
    query = select(AttemptRecord).where(AttemptRecord.chat_id == chat_id, AttemptRecord.state == "streaming")
    return session.scalars(query).first()


def running_among(session: Session, attempt_ids: Iterable[UUID]) -> dict[UUID, bool]:
    """Those of these attempts that still run, each with whether a stop was asked for."""
    query = select(AttemptRecord.id, AttemptRecord.stop_asked)
    query = query.where(AttemptRecord.id.in_(list(attempt_ids)), AttemptRecord.state == "streaming")
    return dict(iter(session.execute(query)))


def lock_running(session: Session, attempt_ids: Iterable[UUID]) -> dict[UUID, bool]:
    """The same of those whose rows nobody else holds just now, locked: whoever keeps many at once waits for none."""
    query = select(AttemptRecord.id, AttemptRecord.stop_asked)
    query = query.where(AttemptRecord.id.in_(list(attempt_ids)), AttemptRecord.state == "streaming")
    return dict(iter(session.execute(query.with_for_update(skip_locked=True))))


def keep(session: Session, arrived: Mapping[UUID, tuple[str, str]], lease_until: datetime) -> None:
    """Keep text and thinking of these attempts as far as they arrived, and renew their leases. Lock them first."""
    rows = [{"kept_id": id, "kept_text": text, "kept_thinking": thinking} for id, (text, thinking) in arrived.items()]
    if rows:
        session.connection().execute(_KEEP, [row | {"kept_until": lease_until} for row in rows])


def renew(session: Session, attempt_ids: Iterable[UUID], lease_until: datetime) -> None:
    """Renew the leases of attempts of which nothing new arrived. Lock them first."""
    ids = list(attempt_ids)
    if ids:
        running = update(AttemptRecord).where(AttemptRecord.id.in_(ids), AttemptRecord.state == "streaming")
        session.execute(running.values(lease_until=lease_until).execution_options(synchronize_session=False))


def stand_alone(session: Session, chat_id: OwnedChatId, turn_id: UUID) -> None:
    """One of the answers to a question was picked: none of them stands beside another any more."""
    mine = AttemptRecord.chat_id == chat_id, AttemptRecord.turn_id == turn_id, AttemptRecord.beside
    session.execute(update(AttemptRecord).where(*mine).values(beside=False))


def ask_to_stop(session: Session, chat_id: OwnedChatId, attempt_id: UUID) -> None:
    session.execute(update(AttemptRecord).where(*_in(chat_id, attempt_id, "streaming")).values(stop_asked=True))


def finish(
    session: Session,
    chat_id: OwnedChatId,
    attempt_id: UUID,
    text: str,
    *,
    also: Asked | None = None,
    **outcome: Any,
) -> tuple[bool, bool]:
    """Write an attempt's outcome. If its lease was taken away meanwhile, only its text is kept.

    Returns whether it was written, and whether `also` holds, which is asked with the same statement.
    """
    said = {f"new_{name}": value for name, value in outcome.items()} | (dict(also.values) if also else {})
    statement = _finish(tuple(sorted(outcome)), also.condition if also else None)
    names = {"finished_id": attempt_id, "finished_chat": chat_id, "new_text": text}
    if written := statement.rows(session.connection(), names | said):
        return True, bool(written[0].stands)
    taken = update(AttemptRecord).where(*_in(chat_id, attempt_id, "incomplete"))
    taken = taken.where(func.length(AttemptRecord.text) < len(text)).values(text=text)
    session.execute(taken.execution_options(synchronize_session=False))
    # What is asked beside an outcome that was not written is not known: it may hold.
    return False, True


@lru_cache(maxsize=64)
def _finish(names: tuple[str, ...], also: ColumnElement[bool] | None) -> Prepared:
    """Put together once for each set of columns, as every answer ends by it."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("text", *names)}
    mine = _TABLE.c.id == bindparam("finished_id"), _TABLE.c.chat_id == bindparam("finished_chat")
    running = update(_TABLE).where(*mine, _TABLE.c.state == "streaming").values(**values)
    return Prepared(running.returning((true() if also is None else also).label("stands")))


def _in(chat_id: OwnedChatId, attempt_id: UUID, state: str) -> tuple[ColumnElement[bool], ...]:
    return AttemptRecord.id == attempt_id, AttemptRecord.chat_id == chat_id, AttemptRecord.state == state


_TABLE = AttemptRecord.__table__
_DEFAULTS: dict[str, Any] = {
    "stop_asked": False,
    "beside": False,
    "words_listed": False,
    "context": "root",
    "trail": [],
    "notes": [],
    **{
        name: None if column.nullable else ""
        for name, column in _TABLE.c.items()
        if name not in ("id", "chat_id", "turn_id", "state", "context", "trail", "notes", "created_at")
        and not isinstance(column.type, Boolean)
    },
}
"""What an attempt has of which nothing is said yet. Its record has the same, for whoever adds one to a session."""

_BEGIN = Prepared(insert(_TABLE))
# For many attempts at once, so of the table itself: put together once, and run by the driver row after row.
_KEEP = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("kept_id"), _TABLE.c.state == "streaming")
    .values(
        text=bindparam("kept_text", type_=Text()),
        thinking=bindparam("kept_thinking", type_=Text()),
        lease_until=bindparam("kept_until", type_=Time()),
    )
)
