"""Counts of requests on their way between Redis and the database: read, joined and written, all or nothing.

How much of a count Redis knows too stands in a row of its own, under an id that follows from the first one's.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.domain import carried_counts
from portal.domain.carried_counts import Carried
from portal.domain.limits import MOST, Count, day_of
from portal.store.limit_counts import LimitCountRecord

BATCH = 100
"""So many ids at once: a database takes so many parameters."""

_NOTHING = Count(0, 0, 0, 0)
_RECORD = LimitCountRecord
_COUNTED = "minute_from", "in_minute", "day", "in_day"
_READ = select(_RECORD.id, *(getattr(_RECORD, name) for name in _COUNTED))
_SET = {name: bindparam(f"new_{name}") for name in _COUNTED}

_Counts = dict[UUID, Count]


def from_redis(connection: Connection, heard: Mapping[UUID, Count]) -> None:
    """Let the database know what was heard of Redis. However often, and by however many: each request counts once."""
    for ids in _batches(heard):
        rows = _locked(connection, ids)
        _write(connection, {id: carried_counts.from_redis(rows[id], rows[_known(id)], heard[id]) for id in ids})


def unknown_to_redis(connection: Connection, ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Those of which the database counted something today that Redis does not know yet."""
    found: list[UUID] = []
    for several in _batches(ids):
        rows = _read(connection, several)
        found += [
            id
            for id in several
            if id in rows
            and rows[id].day >= day_of(now)
            and any(carried_counts.to_redis(rows[id], rows.get(_known(id), _NOTHING)))
        ]
    return found


def to_redis(connection: Connection, ids: Collection[UUID]) -> list[Carried]:
    """What is to be carried to Redis of these; from now on Redis is taken to know it."""
    carried: list[Carried] = []
    for several in _batches(ids):
        rows = _locked(connection, several)
        carried += [(id, rows[id], *carried_counts.to_redis(rows[id], rows[_known(id)])) for id in several]
        _write(connection, {id: (rows[id], rows[id]) for id in several})
    return carried


def _known(id: UUID) -> UUID:
    return uuid5(id, "known to Redis")


def _batches(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    ordered = sorted(ids)  # so that no two wait for each other
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))


def _both(ids: Collection[UUID]) -> list[UUID]:
    return sorted([*ids, *map(_known, ids)])


def _read(connection: Connection, ids: Collection[UUID], *, lock: bool = False) -> _Counts:
    query = _READ.where(_RECORD.id.in_(_both(ids))).order_by(_RECORD.id)
    return {id: Count(*counted) for id, *counted in connection.execute(query.with_for_update() if lock else query)}


def _locked(connection: Connection, ids: Collection[UUID]) -> _Counts:
    """These counts and how much of each Redis knows: every one is there, and stays as it is until the end."""
    into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    nothing = {"minute_from": 0, "in_minute": 0, "day": 0, "in_day": 0, "per_minute": MOST, "per_day": MOST}
    rows = [{"id": id} | nothing for id in _both(ids)]
    connection.execute(into(_RECORD).values(rows).on_conflict_do_nothing())
    return _read(connection, ids, lock=True)


def _write(connection: Connection, counts: Mapping[UUID, tuple[Count, Count]]) -> None:
    """Each count, and how much of it Redis knows."""
    rows = [(id, row) for id, (row, _) in counts.items()] + [(_known(id), known) for id, (_, known) in counts.items()]
    connection.execute(
        update(_RECORD.__table__).where(_RECORD.__table__.c.id == bindparam("of")).values(_SET),
        [{"of": id} | {f"new_{name}": getattr(count, name) for name in _COUNTED} for id, count in rows],
    )
