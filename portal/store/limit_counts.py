"""How many requests each limited provider, person and token sent: counted and judged in one statement."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Integer, Uuid, bindparam, column, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.limits import MINUTE_MS, MOST, Count, Limit, day_of, milliseconds
from portal.store.base import Record
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


# The condition is judged with the row locked, so that no two requests take the last place. The clocks of several
# servers differ: one that is behind counts into the minute and the day that another one has begun.
_COUNT = f"""
INSERT INTO limit_counts (id, minute_from, in_minute, day, in_day, per_minute, per_day) VALUES %s
ON CONFLICT (id) DO UPDATE SET
    minute_from = CASE WHEN excluded.minute_from >= limit_counts.minute_from + {MINUTE_MS}
        THEN excluded.minute_from ELSE limit_counts.minute_from END,
    in_minute = CASE WHEN excluded.minute_from >= limit_counts.minute_from + {MINUTE_MS}
        THEN 1 ELSE limit_counts.in_minute + 1 END,
    day = CASE WHEN excluded.day > limit_counts.day THEN excluded.day ELSE limit_counts.day END,
    in_day = CASE WHEN excluded.day > limit_counts.day THEN 1 ELSE limit_counts.in_day + 1 END,
    per_minute = excluded.per_minute,
    per_day = excluded.per_day
WHERE (excluded.minute_from >= limit_counts.minute_from + {MINUTE_MS}
        OR limit_counts.in_minute < excluded.per_minute)
    AND (excluded.day > limit_counts.day OR limit_counts.in_day < excluded.per_day)
RETURNING id
"""  # noqa: S608 because what is filled in is a number of this code
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


@cache
def _counting(how_many: int) -> Prepared:
    rows = [f"(:id{n}, :now, 1, :day, 1, :per_minute{n}, :per_day{n})" for n in range(how_many)]
    statement = text(_COUNT % ", ".join(rows)).bindparams(
        bindparam("now", type_=BigInteger()),
        bindparam("day", type_=Integer()),
        *(bindparam(f"id{n}", type_=Uuid()) for n in range(how_many)),
        *(bindparam(f"{name}{n}", type_=Integer()) for name in ("per_minute", "per_day") for n in range(how_many)),
    )
    return Prepared(statement.columns(column("id", Uuid())))


def count(connection: Connection, limits: Sequence[Limit], now: datetime) -> list[tuple[Limit, Count]]:
    """Count one request against each of these, or against none of them: then what is returned is how each stands."""
    ordered = sorted(limits, key=lambda limit: limit.id)  # so that no two wait for each other
    values: dict[str, object] = {"now": milliseconds(now), "day": day_of(now)}
    for n, limit in enumerate(ordered):
        values |= {
            f"id{n}": limit.id,
            f"per_minute{n}": MOST if limit.per_minute is None else limit.per_minute,
            f"per_day{n}": MOST if limit.per_day is None else limit.per_day,
        }
    passed = [row.id for row in _counting(len(ordered)).rows(connection, values)]
    if len(passed) == len(ordered):
        return []
    if passed:
        _GIVE_BACK.execute(connection, [{"id": id} for id in passed])
    return [
        (limit, Count(row.minute_from, row.in_minute, row.day, row.in_day))
        for limit in ordered
        for row in _READ.rows(connection, {"id": limit.id})
    ]
