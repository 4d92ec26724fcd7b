"""Usage told: the sums of a period by day or by whatever else, with what no sum counts yet added as it stands.

Each statement is put together once: of half a hundred columns that takes as long as the answer does.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, Row, Select, Subquery, Uuid, bindparam, func, literal, not_, select, union_all
from sqlalchemy.orm import Session

from portal.store.base import Time
from portal.store.usage import UsageRecord
from portal.store.usage_sums import (
    ALL_KIND,
    COUNTS,
    FIRST,
    NOBODY,
    PERSON_KIND,
    SUMS,
    Key,
    UsageSumRecord,
    Whose,
    keys_of_rows,
)

_SUMS, _ROWS = UsageSumRecord.__table__, UsageRecord.__table__.c


def days(session: Session, since: date, until: date, whose: Whose) -> list[Row[Any]]:
    """Each day on which anything was used, the last one included, newest first: a row (`day`, …, and `FIRST`)."""
    limit = {"most": (until - since).days + 1}
    # house: bounded-all because a period has so many days
    return list(session.execute(_days(_dialect(session), whose.kind), _asked(since, until, whose) | limit))


def by(
    session: Session, key: Key, since: date, until: date, limit: int, whose: Whose, *, offset: int = 0
) -> list[Row[Any]]:
    """The sums of these days, the last one included: a row (`key`, `day`, …, and `FIRST`) for each of what is told by,
    those with the most requests first. Sessions are told day by day, newest first; of all others `day` is the last one.

    First which they are, for which an index suffices; then all of these alone.
    """
    dialect = _dialect(session)
    place = {"most": limit, "passed_over": offset} | ({"newest": offset + limit} if key is Key.SESSION else {})
    most = session.execute(_most(dialect, key, whose.kind), _asked(since, until, whose) | place)
    chosen = {tuple(row): place for place, row in enumerate(most)}
    if not chosen:
        return []
    if key is Key.SESSION:
        days = [day for _, day in chosen]
        since, until = min(days), max(days)
    asked = _asked(since, until, whose) | {"names": sorted({name for name, *_ in chosen})}
    rows = session.execute(_lines(dialect, key, whose.kind), asked)
    by_what = slice(2 if key is Key.SESSION else 1)  # `key` and `day`, or `key`
    # house: bounded-all because they are the lines that were chosen
    found = [row for row in rows if tuple(row[by_what]) in chosen]
    return sorted(found, key=lambda row: chosen[tuple(row[by_what])])


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _asked(since: date, until: date, whose: Whose) -> dict[str, Any]:
    """What every statement below is asked with."""
    start, end = (datetime.combine(day, time(), UTC) for day in (since, until + timedelta(days=1)))
    return {"whose": whose.id, "since": since, "until": until, "start": start, "end": end}


@lru_cache(maxsize=128)
def _days(dialect: str, kind: str) -> Select[Any]:
    counted = _counted(dialect, Key.DAY, kind, (*SUMS, *FIRST))
    sums = [func.sum(counted.c[name]).label(name) for name in (*SUMS, *FIRST)]
    query = select(counted.c.day, *sums).group_by(counted.c.day).order_by(counted.c.day.desc())
    return query.limit(bindparam("most"))


@lru_cache(maxsize=128)
def _most(dialect: str, key: Key, kind: str) -> Select[Any]:
    if key is Key.SESSION:
        counted = _counted(dialect, key, kind, ("requests",), newest=True)
        name, day = counted.c.key, counted.c.day
        most = select(name, day).group_by(day, name).order_by(day.desc(), name)
    else:
        counted = _counted(dialect, key, kind, ("requests",), ranked=True)
        name = counted.c.key
        most = select(name).group_by(name).order_by(func.sum(counted.c.requests).desc(), name)
    return most.limit(bindparam("most")).offset(bindparam("passed_over"))


@lru_cache(maxsize=128)
def _lines(dialect: str, key: Key, kind: str) -> Select[Any]:
    counted = _counted(dialect, key, kind, (*SUMS, *FIRST), named=True)
    name, day = counted.c.key, counted.c.day
    sums = [func.sum(counted.c[each]).label(each) for each in (*SUMS, *FIRST)]
    by_day = [day] if key is Key.SESSION else []
    return select(name, func.max(day).label("day"), *sums).group_by(name, *by_day)


def _counted(
    dialect: str,
    key: Key,
    kind: str,
    columns: Sequence[str],
    *,
    named: bool = False,
    newest: bool = False,
    ranked: bool = False,
) -> Subquery:
    """What the sums count, and one by one what they do not yet. With `newest`, that many of the newest suffice.

    With `ranked` no day is told: the index that goes by day answers alone, and nothing more than needed is sorted.
    """
    keys, whose, names = keys_of_rows(dialect), bindparam("whose", type_=Uuid()), bindparam("names", expanding=True)
    days = _SUMS.c.day >= bindparam("since", type_=Date()), _SUMS.c.day <= bindparam("until", type_=Date())
    asked = [_SUMS.c.whose == whose, _SUMS.c.told_by == key.value, *days]
    of_row = literal("") if key is Key.DAY else keys[key]
    day_of_row = [] if ranked else [keys[Key.DAY].label("day")]
    late = select(of_row.label("key"), *day_of_row, *(COUNTS[name].label(name) for name in columns)).where(
        not_(UsageRecord.summed),
        _ROWS.at >= bindparam("start", type_=Time()),
        _ROWS.at < bindparam("end", type_=Time()),
    )
    if kind != ALL_KIND:
        # What is not summed yet is little and has an index of its own; without `coalesce` SQLite would walk through all
        # that the person, or the team, ever used.
        late = late.where(func.coalesce(_ROWS.user_id if kind == PERSON_KIND else _ROWS.team_id, NOBODY) == whose)
    if named:
        asked.append(_SUMS.c.key.in_(names))
        late = late.where(of_row.in_(names))
    if key in (Key.DAY, Key.SESSION):
        summed = select(_SUMS.c.key, _SUMS.c.day, *(_SUMS.c[name] for name in columns)).where(*asked)
    else:  # put together here, so that the database carries few rows on
        sums = (func.sum(_SUMS.c[name]).label(name) for name in columns)
        # Without `coalesce` SQLite would take the primary key, whose order spares it the sorting, and walk through all
        # days that are kept.
        name = func.coalesce(_SUMS.c.key, "") if ranked else _SUMS.c.key
        day = [] if ranked else [func.max(_SUMS.c.day).label("day")]
        summed = select(name.label("key"), *day, *sums).where(*asked).group_by(name)
    if newest:
        limited = summed.order_by(_SUMS.c.day.desc(), _SUMS.c.key).limit(bindparam("newest"))
        summed = select(limited.subquery())
    return union_all(summed, late).subquery()
