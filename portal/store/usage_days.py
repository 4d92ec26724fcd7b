"""Days of usage: sums of each day by person, model and client, so that no page has to read the requests.

A request is stored without them, as it waits for its row. Later its day counts it, and its row says so (`summed`): a
page adds what no day counts yet, so that its numbers are right whether or not anybody sums. Whatever else is to be told
by day can be summed anew: delete the days, and take `summed` from the rows.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Index,
    Numeric,
    Row,
    String,
    Subquery,
    Uuid,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record
from portal.store.usage import UsageRecord

NOBODY = UUID(int=0)
"""Whose usage it is when it is no person's."""


class UsageDayRecord(Record):
    """One person's day, in UTC, with one model by one client. `failed`: requests that were not answered; `unpriced`:
    those whose cost is not known; `uncounted`: those whose tokens are not known."""

    __tablename__ = "usage_days"
    __table_args__ = (Index("ix_usage_days_user", "user_id", "day"), {"sqlite_with_rowid": False})

    day: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(String(300), primary_key=True)
    client: Mapped[str] = mapped_column(String(60), primary_key=True)
    requests: Mapped[int]
    failed: Mapped[int]
    unpriced: Mapped[int]
    uncounted: Mapped[int]
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    tokens_cache_read: Mapped[int] = mapped_column(BigInteger)
    tokens_cache_write: Mapped[int] = mapped_column(BigInteger)
    tokens_cache_write_long: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal] = mapped_column(Numeric(24, 9))


class Key(StrEnum):
    """What usage is told by."""

    DAY = "day"
    USER = "user_id"
    MODEL = "model"
    CLIENT = "client"


_DAYS, _ROWS = UsageDayRecord.__table__, UsageRecord.__table__.c
_TOKENS = ("tokens_in", "tokens_out", "tokens_cache_read", "tokens_cache_write", "tokens_cache_write_long")
SUMS = ("requests", "failed", "unpriced", "uncounted", *_TOKENS, "cost")
"""The columns that are sums."""

_ANSWERED = _ROWS.state.in_(["complete", "left"])


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


_COUNTS: dict[str, ColumnElement[Any]] = {
    "requests": literal(1),
    "failed": _one_if(not_(_ANSWERED)),
    # What was not answered costs nothing, unless tokens came with it.
    "unpriced": _one_if(and_(_ROWS.cost.is_(None), or_(_ANSWERED, _ROWS.tokens_out.is_not(None)))),
    "uncounted": _one_if(and_(_ANSWERED, or_(_ROWS.tokens_in.is_(None), _ROWS.tokens_out.is_(None)))),
    **{name: func.coalesce(_ROWS[name], 0) for name in _TOKENS},
    "cost": func.coalesce(_ROWS.cost, 0),
}
"""What one request adds to its day."""


def sum_up(session: Session, most: int) -> int:
    """Let the days count at most so many requests that they do not count yet; how many they were.

    Whoever sums at the same time takes others.
    """
    query = select(UsageRecord.id).where(not_(UsageRecord.summed)).order_by(UsageRecord.at).limit(most)
    ids = list(session.scalars(query.with_for_update(skip_locked=True)))
    if not ids:
        return 0
    keys = _keys_of_rows(session)
    totals = [func.sum(count).label(name) for name, count in _COUNTS.items()]
    found = session.execute(
        select(*(key.label(name) for name, key in keys.items()), *totals)
        .where(UsageRecord.id.in_(ids))
        .group_by(*keys.values())
    )
    # In one order, so that two who sum at once never wait in a circle.
    rows = sorted((dict(row._mapping) for row in found), key=lambda row: [str(row[name]) for name in keys])
    store = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    adding = store(_DAYS)  # type: ignore[arg-type]
    session.connection().execute(
        adding.on_conflict_do_update(
            index_elements=list(keys), set_={name: _DAYS.c[name] + adding.excluded[name] for name in SUMS}
        ),
        rows,
    )
    session.execute(
        update(UsageRecord)
        .where(UsageRecord.id.in_(ids))
        .values(summed=True)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def is_behind(session: Session) -> bool:
    """Whether there are requests that no day counts yet."""
    return bool(session.scalar(select(exists().where(not_(UsageRecord.summed)))))


def by(
    session: Session,
    key: Key,
    since: date,
    until: date,
    limit: int,
    *,
    user_id: UUID | None = None,
    offset: int = 0,
) -> list[Row[Any]]:
    """The sums of these days, the last one included, of one person or of all: a row (`key`, …) for each of what is
    told by. Days come newest first, all others with the most requests first."""
    counted = _counted(session, key, since, until, user_id)
    name = counted.c[key.value]
    sums = [func.sum(counted.c[each]).label(each) for each in SUMS]
    order = [name.desc()] if key is Key.DAY else [func.sum(counted.c.requests).desc(), name]
    query = select(name.label("key"), *sums).group_by(name).order_by(*order)
    return list(session.execute(query.limit(limit).offset(offset)))


def forget_before(session: Session, day: date) -> int:
    """Delete the days before this one."""
    return session.execute(delete(UsageDayRecord).where(UsageDayRecord.day < day)).rowcount


def _counted(session: Session, key: Key, since: date, until: date, user_id: UUID | None) -> Subquery:
    """What the days count, and one by one what they do not yet."""
    start, end = (datetime.combine(day, time(), UTC) for day in (since, until + timedelta(days=1)))
    days = select(_DAYS.c[key.value], *(_DAYS.c[name] for name in SUMS)).where(
        _DAYS.c.day >= since, _DAYS.c.day <= until
    )
    late = select(
        _keys_of_rows(session)[key.value].label(key.value), *(count.label(name) for name, count in _COUNTS.items())
    ).where(not_(UsageRecord.summed), _ROWS.at >= start, _ROWS.at < end)
    if user_id is not None:
        days, late = days.where(_DAYS.c.user_id == user_id), late.where(_ROWS.user_id == user_id)
    return union_all(days, late).subquery()


def _keys_of_rows(session: Session) -> dict[str, ColumnElement[Any]]:
    """Which day counts a request."""
    at = func.timezone("UTC", _ROWS.at) if session.get_bind().dialect.name == "postgresql" else _ROWS.at
    return {
        "day": type_coerce(func.date(at), Date()),
        "user_id": func.coalesce(_ROWS.user_id, cast(literal(NOBODY, Uuid()), Uuid())),
        "model": _ROWS.model,
        "client": _ROWS.client,
    }
