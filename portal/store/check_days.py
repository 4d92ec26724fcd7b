"""Days of checks: what became of each provider's checks on each day, so that no page has to count the checks."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Row, Uuid, column, delete, select, table
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.health import Level
from portal.domain.latencies import added
from portal.store.base import Record


class CheckDayRecord(Record):
    """One provider's day, in UTC, of the checks that count: how many of each level, and the latencies of the good ones.

    It is written in the transaction that records a check, and can be made anew from the checks that are kept.
    """

    __tablename__ = "check_days"

    provider_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    good: Mapped[int] = mapped_column(default=0)
    attention: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    latencies: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    def count(self, level: Level, latency_ms: int | None, number: int = 1) -> None:
        """Count a check, or several alike."""
        name = level.value
        setattr(self, name, getattr(self, name) + number)
        if level is Level.GOOD and latency_ms is not None:
            self.latencies = added(self.latencies, latency_ms, number)


_providers = table("providers", column("id", Uuid))


def tally(session: Session, provider_id: UUID, day: date, level: Level, latency_ms: int | None) -> None:
    """Count one check in its day. Lock the provider first: two checks of one day follow each other."""
    found = session.get(CheckDayRecord, (provider_id, day), with_for_update=True)
    if found is None:
        found = blank(provider_id, day)
        session.add(found)
    found.count(level, latency_ms)


def of_providers(session: Session, provider_ids: Collection[UUID], since: date) -> list[Row[Any]]:
    """The days of these providers from one on, in order: at most as many rows as there are days."""
    if not provider_ids:
        return []
    columns = CheckDayRecord.__table__.c
    return list(
        session.execute(
            select(CheckDayRecord.__table__)
            .where(columns.provider_id.in_(provider_ids), columns.day >= since)
            .order_by(columns.provider_id, columns.day)
        )
    )


def lock_providers(session: Session) -> None:
    """Hold every provider: no check that counts is recorded until the transaction ends."""
    # house: bounded-all because it locks every provider, and they are typed in one by one
    session.execute(select(_providers.c.id).order_by(_providers.c.id).with_for_update()).all()


def replace(session: Session, day: date, counted: Iterable[tuple[UUID, Level, int | None, int]]) -> int:
    """Make one day anew, of all providers, from (provider, level, latency, how many); returns how many rows it has."""
    session.execute(delete(CheckDayRecord).where(CheckDayRecord.day == day))
    made: dict[UUID, CheckDayRecord] = {}
    for provider_id, level, latency_ms, number in counted:
        made.setdefault(provider_id, blank(provider_id, day)).count(level, latency_ms, number)
    session.add_all(made.values())
    return len(made)


def forget_before(session: Session, day: date) -> int:
    """Delete the days before this one."""
    return session.execute(delete(CheckDayRecord).where(CheckDayRecord.day < day)).rowcount


def blank(provider_id: UUID, day: date) -> CheckDayRecord:
    """A day on which nothing has been counted yet."""
    return CheckDayRecord(provider_id=provider_id, day=day, good=0, attention=0, bad=0, latencies={})
