"""Compactions: the summary that stands for a chat up to one of its turns, and what is read of a chat since then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Numeric,
    Row,
    ScalarSelect,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.chats import OwnedChatId
from portal.store.attempts import AttemptRecord
from portal.store.base import Record
from portal.store.chats import TurnRecord
from portal.store.prepared import Prepared

MOST_SHOWN = 200


class CompactionRecord(Record):
    """A summary of everything from the first turn of a branch to `turn_id`. It speaks for every branch through that.

    `messages` is how many messages it stands for, `tokens` about what it takes itself; `tokens_before` and
    `tokens_after` are about what the conversation took when it was made, without it and with it. `chat_length` is how
    many characters the chat had when it was begun.
    """

    __tablename__ = "compactions"
    __table_args__ = (
        Index("ix_compactions_chat", "chat_id", "made_at"),
        Index("ix_compactions_turn", "turn_id", "made_at"),
        Index(
            "uq_compactions_running",
            "chat_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20))
    why: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    messages: Mapped[int] = mapped_column(default=0)
    tokens: Mapped[int] = mapped_column(default=0)
    tokens_before: Mapped[int] = mapped_column(default=0)
    tokens_after: Mapped[int] = mapped_column(default=0)
    language_model_id: Mapped[UUID | None]
    provider_id: Mapped[UUID | None]
    selected_model: Mapped[str] = mapped_column(String(300), default="")
    display_name: Mapped[str] = mapped_column(String(200), default="")
    provider_label: Mapped[str] = mapped_column(String(120), default="")
    layer: Mapped[str] = mapped_column(String(40), default="")
    trail: Mapped[list[Any]] = mapped_column(JSON, default=list)
    key_source: Mapped[str] = mapped_column(String(20), default="")
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    total_ms: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
    category: Mapped[str] = mapped_column(String(30), default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    lease_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    chat_length: Mapped[int] = mapped_column(BigInteger, default=0)


@dataclass(frozen=True)
class Exchange:
    """A question and the answer to it that a model may read, the picked or the newest; blank where there is none."""

    turn_id: UUID
    asked: str
    answered: str


@dataclass(frozen=True)
class Since:
    """A branch as a model reads it: the summary of its older part, blank without one, and the exchanges after it.

    `messages` is how many messages the summary stands for.
    """

    exchanges: tuple[Exchange, ...] = ()
    summary: str = ""
    messages: int = 0


def since_summary(session: Session, chat_id: OwnedChatId, turn_id: UUID | None, states: Iterable[str]) -> Since:
    """What a model reads of the branch that ends with this turn, its answers those in one of these states.

    Nothing before the newest summary in effect is read, however long the chat is.
    """
    if turn_id is None:
        return Since()
    # A chat has 3,000 turns at most, and a model reads all since its last summary
    rows = _since(tuple(states)).rows(session.connection(), {"last_turn": turn_id, "its_chat": chat_id})
    summary, messages = "", 0
    if rows and rows[0].summary is not None:
        summary, messages = rows[0].summary, rows[0].messages
        rows = rows[1:]
    return Since(tuple(Exchange(row.id, row.asked, row.answered or "") for row in rows), summary, messages)


_TURN, _ATTEMPT, _MADE = TurnRecord.__table__, AttemptRecord.__table__, CompactionRecord.__table__
_IN_EFFECT = _MADE.c.state == "complete", _MADE.c.undone_at.is_(None)


def _of_turn() -> ScalarSelect[Any]:
    """The summary in effect that ends with a turn."""
    return (
        select(_MADE.c.id)
        .where(_MADE.c.turn_id == _TURN.c.id, *_IN_EFFECT)
        .order_by(_MADE.c.made_at.desc())
        .limit(1)
        .correlate(_TURN)
        .scalar_subquery()
    )


@lru_cache
def _since(states: tuple[str, ...]) -> Prepared:
    """Put together once, as every answer needs it."""
    above = (
        select(_TURN.c.id, _TURN.c.parent_id, literal(1).label("depth"), _of_turn().label("compaction_id"))
        .where(
            _TURN.c.id == bindparam("last_turn", type_=Uuid()), _TURN.c.chat_id == bindparam("its_chat", type_=Uuid())
        )
        .cte("above", recursive=True)
    )
    above = above.union_all(
        select(_TURN.c.id, _TURN.c.parent_id, above.c.depth + 1, _of_turn()).join(
            above, and_(_TURN.c.id == above.c.parent_id, above.c.compaction_id.is_(None))
        )
    )
    there = _ATTEMPT.c.turn_id == _TURN.c.id, or_(*(_ATTEMPT.c.state == state for state in states))
    picked = select(_ATTEMPT.c.text).where(_ATTEMPT.c.id == _TURN.c.picked_id, *there).scalar_subquery()
    newest = (
        select(_ATTEMPT.c.text)
        .where(*there)
        .order_by(_ATTEMPT.c.created_at.desc(), _ATTEMPT.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    whole = above.c.compaction_id.is_(None)
    return Prepared(
        select(
            _TURN.c.id,
            case((whole, _TURN.c.text), else_="").label("asked"),
            case((whole, func.coalesce(picked, newest)), else_="").label("answered"),
            _MADE.c.text.label("summary"),
            _MADE.c.messages,
        )
        .select_from(above)
        .join(_TURN, _TURN.c.id == above.c.id)
        .outerjoin(_MADE, _MADE.c.id == above.c.compaction_id)
        .order_by(above.c.depth.desc())
    )


def of_chat(session: Session, chat_id: OwnedChatId) -> list[CompactionRecord]:
    """The newest compactions of a chat, oldest first: all of its branches, the undone and the failed among them."""
    query = select(CompactionRecord).where(CompactionRecord.chat_id == chat_id)
    newest = query.order_by(CompactionRecord.made_at.desc(), CompactionRecord.id.desc()).limit(MOST_SHOWN)
    return list(reversed(session.scalars(newest).all()))


def of_id(session: Session, chat_id: OwnedChatId, compaction_id: UUID) -> CompactionRecord | None:
    """One of this chat's, locked."""
    query = select(CompactionRecord).where(CompactionRecord.id == compaction_id, CompactionRecord.chat_id == chat_id)
    return session.scalars(query.with_for_update()).first()


def running(session: Session, chat_id: OwnedChatId) -> CompactionRecord | None:
    """The one that is being made in this chat, whether or not its lease has passed."""
    query = select(CompactionRecord).where(CompactionRecord.chat_id == chat_id, CompactionRecord.state == "running")
    return session.scalars(query).first()


def newest(session: Session, chat_id: OwnedChatId) -> Row[Any] | None:
    """What became of the last one of a chat, on whichever branch: its `state`, `made_at` and `undone_at`."""
    made = _MADE.c
    query = select(made.state, made.made_at, made.undone_at).where(made.chat_id == chat_id)
    return session.execute(query.order_by(made.made_at.desc()).limit(1)).one_or_none()


def begin(session: Session, **values: Any) -> UUID:
    """Store one that is being made. Nobody else may be making one in this chat."""
    record = CompactionRecord(state="running", **values)
    session.add(record)
    session.flush()
    return record.id


def renew(session: Session, chat_id: OwnedChatId, compaction_id: UUID, lease_until: datetime) -> bool:
    """Say that it is still being made. False where it was taken away meanwhile."""
    mine = CompactionRecord.id == compaction_id, CompactionRecord.chat_id == chat_id
    alive = update(CompactionRecord).where(*mine, CompactionRecord.state == "running").values(lease_until=lease_until)
    return bool(session.execute(alive.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def finish(session: Session, chat_id: OwnedChatId, compaction_id: UUID, **outcome: Any) -> bool:
    """Write down what became of it. False where it was taken away meanwhile, or is gone with its chat."""
    mine = CompactionRecord.id == compaction_id, CompactionRecord.chat_id == chat_id
    ended = (
        update(CompactionRecord).where(*mine, CompactionRecord.state == "running").values(lease_until=None, **outcome)
    )
    return bool(session.execute(ended.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
