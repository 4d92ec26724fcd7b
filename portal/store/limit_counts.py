"""How many requests each limited provider, person and token sent: counted and judged in one statement."""

from datetime import datetime
from functools import cache, lru_cache
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Integer, Uuid, bindparam, column, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.limits import MINUTE_MS, MOST, Count, Full, Limit, Limits, day_of, fullest, milliseconds
from portal.store.base import Direct, Record
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
    return Prepared(
        text(words).bindparams(
            bindparam("now", type_=BigInteger()),
            bindparam("day", type_=Integer()),
            *(bindparam(f"id{n}", type_=Uuid()) for n in range(how_many)),
            *(bindparam(f"{name}{n}", type_=Integer()) for name in ("per_minute", "per_day") for n in range(how_many)),
        )
    )


_ONE = _prepared(f"{_INTO} VALUES ({_ROW.format(n=0)}) {_ON_TOP} {_ROOM}", 1)


@cache
def _all_or_none(how_many: int, dialect: str) -> Prepared:
    """Counts each where all have room. What SQLite would return, it would gather in a table of its own first: that
    takes longer than all the rest, so it is asked how many rows were changed.

    PostgreSQL locks the rows first, in order, and judges what they are then; one that is not there yet has none to
    lock, so nothing is counted.
    """
    rows = " UNION ALL ".join(f"SELECT {_ROW.format(n=n)}" for n in range(how_many))
    full = " OR ".join(_IS_FULL.format(n=n) for n in range(how_many))
    if dialect == "sqlite":
        judged = f"NOT EXISTS (SELECT 1 FROM limit_counts WHERE {full})"  # noqa: S608 - of this code
        asked = f"SELECT * FROM ({rows}) WHERE {judged}"  # noqa: S608 - of this code
        return _prepared(f"{_INTO} {asked} {_ON_TOP}", how_many)
    ids = ", ".join(f":id{n}" for n in range(how_many))
    locked = f"SELECT * FROM limit_counts WHERE id IN ({ids}) ORDER BY id FOR UPDATE"  # noqa: S608 - of this code
    judged = f"(SELECT count(*) FROM locked WHERE NOT ({full})) = {how_many}"  # noqa: S608 - of this code
    asked = f"SELECT * FROM ({rows}) AS asked WHERE {judged}"  # noqa: S608 - of this code
    return _prepared(f"WITH locked AS ({locked}) {_INTO} {asked} {_ON_TOP}", how_many)


@lru_cache(10_000)
def _values(limits: Limits) -> dict[str, object]:
    """What a statement is told of these limits, whenever it is."""
    values: dict[str, object] = {}
    for n, limit in enumerate(limits.all):
        values[f"id{n}"] = limit.id
        values[f"per_minute{n}"] = MOST if limit.per_minute is None else limit.per_minute
        values[f"per_day{n}"] = MOST if limit.per_day is None else limit.per_day
    return values


def passes(connection: Connection | Direct, limits: Limits, now: datetime) -> bool:
    """Count one request against each of these in a single statement, or against none: where one is full, or where
    PostgreSQL knows of one nothing yet."""
    how_many = len(limits.all)
    statement = _ONE if how_many == 1 else _all_or_none(how_many, connection.dialect.name)
    values = {**_values(limits), "now": milliseconds(now), "day": day_of(now)}
    return statement.changed(connection, values) == how_many


def count(connection: Connection, limits: Limits, now: datetime) -> Full | None:
    """The same in a transaction, whatever is known: returned is the full one that opens last, where one is full."""
    if full := fullest(_stand(connection, limits), now):
        return full
    passed = []
    for n, limit in enumerate(limits.all):
        its = {f"{name}0": _values(limits)[f"{name}{n}"] for name in ("id", "per_minute", "per_day")}
        if not _ONE.changed(connection, {**its, "now": milliseconds(now), "day": day_of(now)}):
            break
        passed.append({"id": limit.id})
    if len(passed) == len(limits.all):
        return None
    if passed:
        _GIVE_BACK.execute(connection, passed)
    return fullest(_stand(connection, limits), now) or Full(limits.all[0], 1)


def _stand(connection: Connection, limits: Limits) -> list[tuple[Limit, Count]]:
    return [
        (limit, Count(row.minute_from, row.in_minute, row.day, row.in_day))
        for limit in limits.all
        for row in _READ.rows(connection, {"id": limit.id})
    ]
