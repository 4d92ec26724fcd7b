"""What was used: one row for each request that asked a model, kept however the request came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Index,
    Numeric,
    Row,
    String,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store import budget_counts
from portal.store.attempts import AttemptRecord
from portal.store.base import Record
from portal.store.chats import ChatRecord
from portal.store.people import UserRecord
from portal.store.prepared import Prepared


class UsageRecord(Record):
    """One request. Names stand beside ids, so that a row says who and what also when those are gone.

    `application_id` is set for a request of an embedding application, which has no person: `end_user` is what it calls
    its own user.
    `api` is what the caller spoke, `chat` for the portal's own page; `client` and `session` are the caller's words.
    `state` is `complete`, `failed`, `left` (by the caller) or `refused` (by the portal); `status` what the caller was
    answered.
    Tokens and cost are None where they are not known. `saved` is how much less was paid for what was read from a cache
    than plain tokens would have cost; `summed` says whether the sums of its day count it already.
    """

    __tablename__ = "usage"
    __table_args__ = (
        Index("ix_usage_at", "at"),
        Index("ix_usage_user", "user_id", "at"),
        Index("ix_usage_team", "team_id", "at"),
        Index("ix_usage_token", "token_id", "at"),
        Index("ix_usage_provider", "provider_id", "at"),
        Index("ix_usage_unsummed", "at", sqlite_where=text("summed = 0"), postgresql_where=text("NOT summed")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    token_id: Mapped[UUID | None]
    application_id: Mapped[UUID | None]
    end_user: Mapped[str] = mapped_column(String(200), default="", server_default="")
    api: Mapped[str] = mapped_column(String(20))
    client: Mapped[str] = mapped_column(String(60))
    session: Mapped[str] = mapped_column(String(100))
    context: Mapped[str] = mapped_column(String(60))
    language_model_id: Mapped[UUID | None]
    provider_id: Mapped[UUID | None]
    model: Mapped[str] = mapped_column(String(300))
    layer: Mapped[str] = mapped_column(String(40))
    key_source: Mapped[str] = mapped_column(String(20))
    key_id: Mapped[UUID | None]
    streamed: Mapped[bool]
    passed: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    status: Mapped[int]
    category: Mapped[str] = mapped_column(String(30))
    tokens_in: Mapped[int | None]
    tokens_out: Mapped[int | None]
    tokens_cache_read: Mapped[int | None]
    tokens_cache_write: Mapped[int | None]
    tokens_cache_write_long: Mapped[int | None]
    tokens_reasoning: Mapped[int | None]
    cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
    saved: Mapped[Decimal | None] = mapped_column(Numeric(18, 9))
    first_ms: Mapped[int | None]
    total_ms: Mapped[int]
    request_id: Mapped[str] = mapped_column(String(40))
    provider_request_id: Mapped[str] = mapped_column(String(200))
    summed: Mapped[bool] = mapped_column(server_default=false())


_COLUMNS = UsageRecord.__table__.c
_INSERT = Prepared(
    insert(UsageRecord.__table__).values(  # type: ignore[arg-type]
        {column.name: bindparam(column.name, type_=column.type) for column in _COLUMNS if column.name != "summed"}
    )
)


UsageRow, Counted = budget_counts.UsageRow, budget_counts.Counted
"""One request's values by the names of `UsageRecord`'s columns but `summed`."""


def add(connection: Connection, rows: Sequence[UsageRow]) -> None:
    """Store these rows, each with a value for every column but `summed`."""
    _INSERT.execute(connection, rows)


_ATTEMPT = AttemptRecord.__table__.c
_ANSWERED = or_(_ATTEMPT.state == "complete", _ATTEMPT.state == "stopped")
_WHOSE = ("user_id", "team_id", "token_id", "application_id")
_COUNTED = [_COLUMNS[name] for name in (*_WHOSE, "cost", "state", "tokens_out", "at")]
_OF_ATTEMPTS: dict[str, ColumnElement[Any]] = {
    "id": _ATTEMPT.id,
    "at": _ATTEMPT.created_at,
    "user_id": ChatRecord.__table__.c.user_id,
    "team_id": UserRecord.__table__.c.team_id,
    "token_id": null(),
    "application_id": null(),
    "end_user": literal(""),
    "api": literal("chat"),
    "client": literal("portal"),
    "session": literal(""),
    "context": _ATTEMPT.context,
    "language_model_id": _ATTEMPT.language_model_id,
    "provider_id": _ATTEMPT.provider_id,
    "model": _ATTEMPT.selected_model,
    "layer": _ATTEMPT.layer,
    "key_source": _ATTEMPT.key_source,
    "key_id": _ATTEMPT.key_id,
    "streamed": true(),
    "passed": false(),
    "state": case(
        (_ATTEMPT.state == "complete", "complete"),
        (or_(_ATTEMPT.state == "stopped", _ATTEMPT.state == "streaming"), "left"),
        else_="failed",
    ),
    "status": case((_ANSWERED, 200), else_=func.coalesce(_ATTEMPT.status, 0)),
    "category": _ATTEMPT.category,
    "tokens_in": _ATTEMPT.tokens_in,
    "tokens_out": _ATTEMPT.tokens_out,
    "tokens_cache_read": _ATTEMPT.tokens_cache_read,
    "tokens_cache_write": _ATTEMPT.tokens_cache_write,
    "tokens_cache_write_long": _ATTEMPT.tokens_cache_write_long,
    "tokens_reasoning": _ATTEMPT.tokens_reasoning,
    "cost": _ATTEMPT.cost,
    "saved": _ATTEMPT.saved,
    "first_ms": _ATTEMPT.first_ms,
    "total_ms": func.coalesce(_ATTEMPT.total_ms, 0),
    "request_id": literal(""),
    "provider_request_id": _ATTEMPT.request_id,
}
"""What an attempt of the chat page says of its use."""


def add_attempt(session: Session, attempt_id: UUID, *, told: bool = False) -> Counted:
    """Store what an attempt used, once it has ended, and count what it cost; returns what was counted.

    `told`: and how the counts of budgets stand then.

    Its row bears its id: stored twice, it is one, and is counted once.
    """
    connection = session.connection()
    ended = _of_one(connection.dialect.name).rows(connection, {"ended_id": attempt_id})
    return _counted(connection, [vars(row) for row in ended], told=told)


def add_expired(session: Session, chat_id: UUID, now: datetime) -> None:
    """The same of those of this chat that were found without a lease at this moment."""
    expired = _ATTEMPT.chat_id == chat_id, _ATTEMPT.state == "incomplete", _ATTEMPT.finished_at == now
    _stored(session, _of_attempts(session.get_bind().dialect.name, *expired))


def add_cut_short(session: Session, chat_id: UUID) -> None:
    """The same of one that still runs in a chat that is about to go: what it will have used is not known."""
    running = _ATTEMPT.chat_id == chat_id, _ATTEMPT.state == "streaming"
    _stored(session, _of_attempts(session.get_bind().dialect.name, *running))


def _stored(session: Session, statement: Executable) -> None:
    connection = session.connection()
    # house: bounded-all because these are the running attempts of one chat
    _counted(connection, connection.execute(statement).mappings().all())


def _counted(connection: Connection, rows: Sequence[Mapping[str, Any]], *, told: bool = False) -> Counted:
    return budget_counts.add(connection, budget_counts.increments(rows), told=told)


def _of_attempts(dialect: str, *which: ColumnElement[bool]) -> Executable:
    asked = (
        select(*(value.label(name) for name, value in _OF_ATTEMPTS.items()))
        .select_from(AttemptRecord.__table__)
        .join(ChatRecord.__table__, ChatRecord.__table__.c.id == _ATTEMPT.chat_id)
        .join(UserRecord.__table__, UserRecord.__table__.c.id == ChatRecord.__table__.c.user_id)
        # One that never had a model asked nobody.
        .where(_ATTEMPT.provider_id.is_not(None), *which)
    )
    into = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(UsageRecord.__table__)  # type: ignore[arg-type]
    return (
        into.from_select(list(_OF_ATTEMPTS), asked).on_conflict_do_nothing(index_elements=["id"]).returning(*_COUNTED)
    )


@lru_cache(maxsize=2)
def _of_one(dialect: str) -> Prepared:
    """Put together once, as every answer ends by it."""
    return Prepared(_of_attempts(dialect, _ATTEMPT.id == bindparam("ended_id"), _ATTEMPT.state != "streaming"))


def newest(
    session: Session,
    since: datetime,
    until: datetime,
    limit: int,
    *,
    user_id: UUID | None = None,
    team_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
) -> list[Row[Any]]:
    """The requests of some time, one person’s, one team’s or everybody’s, newest first, those older than `before`."""
    row = UsageRecord.__table__.c
    query = select(UsageRecord.__table__).where(row.at >= since, row.at < until)
    if user_id is not None:
        query = query.where(row.user_id == user_id)
    if team_id is not None:
        query = query.where(row.team_id == team_id)
    if before is not None:
        at, id = before
        query = query.where(row.at <= at, or_(row.at < at, and_(row.at == at, row.id < id)))
    return list(session.execute(query.order_by(row.at.desc(), row.id.desc()).limit(limit)))


def forget_before(session: Session, moment: datetime, most: int) -> int:
    """Delete at most so many requests older than this; how many they were."""
    old = select(UsageRecord.id).where(UsageRecord.at < moment).order_by(UsageRecord.at).limit(most)
    return session.execute(
        delete(UsageRecord)
        .where(UsageRecord.id.in_(old.scalar_subquery()))
        .execution_options(synchronize_session=False)
    ).rowcount
