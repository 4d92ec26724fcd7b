"""How many requests each limited provider, person and token sent: counted and judged in one statement."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Integer, Uuid, bindparam, column, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.limits import MINUTE_MS, MOST, Count, Limit, day_of, milliseconds
from portal.store.base import Database, Direct, Record
from portal.store.prepared import Prepared


class LimitCountRecord(Record):
    """The requests of one minute and one day. `id` is a provider's, a person's or a token's.

    The minute began with its first request, `minute_from` milliseconds after 1970; the day is its number, UTC.
    `per_minute` and `per_day` are what was allowed when it was counted last.
    """

    __tablename__ = "limit_counts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    minute_from: Mapped[int] = mapped_column(BigInteger)
    in_minute: Mapped[int]
    day: Mapped[int]
    in_day: Mapped[int]
    per_minute: Mapped[int]
    per_day: Mapped[int]


# The clocks of several servers differ: one that is behind counts into the minute and the day that another has begun.
_INTO = "INSERT INTO limit_counts (id, minute_from, in_minute, day, in_day, per_minute, per_day)"
_ROW = ":id{n}, :now, 1, :day, 1, :per_minute{n}, :per_day{n}"
_NEXT_MINUTE = f"excluded.minute_from >= limit_counts.minute_from + {MINUTE_MS}"
_NEXT_DAY = "excluded.day > limit_counts.day"
_ON_TOP = f"""
ON CONFLICT (id) DO UPDATE SET
    minute_from = CASE WHEN {_NEXT_MINUTE} THEN excluded.minute_from ELSE limit_counts.minute_from END,
    in_minute = CASE WHEN {_NEXT_MINUTE} THEN 1 ELSE limit_counts.in_minute + 1 END,
    day = CASE WHEN {_NEXT_DAY} THEN excluded.day ELSE limit_counts.day END,
    in_day = CASE WHEN {_NEXT_DAY} THEN 1 ELSE limit_counts.in_day + 1 END,
    per_minute = excluded.per_minute,
    per_day = excluded.per_day
"""
# Judged with the row locked, so that no two requests take the last place.
_ROOM = f"""
WHERE ({_NEXT_MINUTE} OR limit_counts.in_minute < excluded.per_minute)
    AND ({_NEXT_DAY} OR limit_counts.in_day < excluded.per_day)
"""
# SQLite knows one writer at a time: there a whole statement is judged at once.
_IS_FULL = (
    f"(id = :id{{n}} AND ((:now < minute_from + {MINUTE_MS} AND in_minute >= :per_minute{{n}}) "
    "OR (:day <= day AND in_day >= :per_day{n})))"
)
# A minute begins with a request that passed: one that has counted none begins anew.
_GIVE_BACK = Prepared(
    text(
        "UPDATE limit_counts SET in_minute = in_minute - 1, in_day = in_day - 1, "
        "minute_from = CASE WHEN in_minute = 1 THEN 0 ELSE minute_from END WHERE id = :id"
    ).bindparams(bindparam("id", type_=Uuid()))
)
_COLUMNS = ("minute_from", "in_minute", "day", "in_day")
_READ = Prepared(
    text("SELECT minute_from, in_minute, day, in_day FROM limit_counts WHERE id = :id")
    .bindparams(bindparam("id", type_=Uuid()))
    .columns(*(column(name, BigInteger()) for name in _COLUMNS))
)


def _prepared(words: str, how_many: int) -> Prepared:
    statement = text(words).bindparams(
        bindparam("now", type_=BigInteger()),
        bindparam("day", type_=Integer()),
        *(bindparam(f"id{n}", type_=Uuid()) for n in range(how_many)),
        *(bindparam(f"{name}{n}", type_=Integer()) for name in ("per_minute", "per_day") for n in range(how_many)),
    )
    return Prepared(statement.columns(column("id", Uuid())))


@cache
def _row_by_row(how_many: int) -> Prepared:
    """Counts each where it has room, and says which had."""
    rows = ", ".join(f"({_ROW.format(n=n)})" for n in range(how_many))
    return _prepared(f"{_INTO} VALUES {rows} {_ON_TOP} {_ROOM} RETURNING id", how_many)


@cache
def _all_or_none(how_many: int) -> Prepared:
    """Counts each where all have room."""
    rows = " UNION ALL ".join(f"SELECT {_ROW.format(n=n)}" for n in range(how_many))
    full = " OR ".join(_IS_FULL.format(n=n) for n in range(how_many))
    asked = f"SELECT * FROM ({rows}) WHERE NOT EXISTS (SELECT 1 FROM limit_counts WHERE {full})"  # noqa: S608 - of this code
    return _prepared(f"{_INTO} {asked} {_ON_TOP} RETURNING 1 AS id", how_many)


def is_one_statement(database: Database, limits: Sequence[Limit]) -> bool:
    """Whether one request is counted against these in a single statement; else it needs a transaction."""
    return len(limits) == 1 or database.dialect.name == "sqlite"


def count(connection: Connection | Direct, limits: Sequence[Limit], now: datetime) -> list[tuple[Limit, Count]]:
    """Count one request against each of these, or against none of them: then what is returned is how each stands."""
    values: dict[str, object] = {"now": milliseconds(now), "day": day_of(now)}
    ordered = sorted(limits, key=_id) if len(limits) > 1 else limits  # so that no two wait for each other
    for n, limit in enumerate(ordered):
        values[f"id{n}"] = limit.id
        values[f"per_minute{n}"] = MOST if limit.per_minute is None else limit.per_minute
        values[f"per_day{n}"] = MOST if limit.per_day is None else limit.per_day
    if len(ordered) == 1:
        if _row_by_row(1).count(connection, values):
            return []
    elif connection.dialect.name == "sqlite":
        if _all_or_none(len(ordered)).count(connection, values):
            return []
    else:
        passed = [row.id for row in _row_by_row(len(ordered)).rows(connection, values)]
        if len(passed) == len(ordered):
            return []
        if passed:
            _GIVE_BACK.execute(connection, [{"id": id} for id in passed])
    return [
        (limit, Count(row.minute_from, row.in_minute, row.day, row.in_day))
        for limit in ordered
        for row in _READ.rows(connection, {"id": limit.id})
    ]


def _id(limit: Limit) -> UUID:
    return limit.id
