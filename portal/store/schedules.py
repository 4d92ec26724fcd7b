"""Schedules: which providers are checked by a worker, how often, when next, and which worker is at it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    Row,
    String,
    Uuid,
    column,
    delete,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record, Time


class ScheduleRecord(Record):
    """One provider's schedule; a provider without one is checked only when somebody asks.

    `interval` is in seconds. Whoever checks holds the row by `claimed_by` until `claimed_until`, then anybody may.
    These change with every check, so they are not in the provider's row, which people change.
    """

    __tablename__ = "schedules"

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), primary_key=True)
    interval: Mapped[int]
    probe: Mapped[str] = mapped_column(String(10), default="list")
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str] = mapped_column(String(120), default="")


_providers = table("providers", column("id", Uuid), column("enabled", Boolean), column("deleted_at", Time))
"""As much of a provider as says whether it is to be checked."""


def of_provider(session: Session, provider_id: UUID) -> ScheduleRecord | None:
    return session.get(ScheduleRecord, provider_id)


def interval_of(session: Session, provider_id: UUID) -> tuple[int | None, str]:
    """The interval in seconds and the probe of a provider; None where it has no schedule."""
    found = of_provider(session, provider_id)
    return (found.interval, found.probe) if found else (None, "list")


def every(session: Session) -> dict[UUID, tuple[int, str]]:
    """Interval and probe of each provider that is checked by itself."""
    query = select(ScheduleRecord.provider_id, ScheduleRecord.interval, ScheduleRecord.probe)
    # house: bounded-all because a provider has one at most, and providers are typed in one by one
    return {id: (interval, probe) for id, interval, probe in session.execute(query)}


def put(session: Session, provider_id: UUID, interval: int | None, probe: str, now: datetime) -> None:
    """Set, change or, without an interval, end a provider's schedule; a new one begins at once. Lock the provider."""
    if interval is None:
        session.execute(delete(ScheduleRecord).where(ScheduleRecord.provider_id == provider_id))
        return
    found = session.get(ScheduleRecord, provider_id)
    if found is None:
        session.add(ScheduleRecord(provider_id=provider_id, interval=interval, probe=probe, next_at=now))
    elif (found.interval, found.probe) != (interval, probe):
        found.interval, found.probe, found.next_at = interval, probe, now


def agenda(session: Session) -> list[Row[Any]]:
    """The schedules of all living providers that are turned on."""
    columns = ScheduleRecord.__table__.c
    return list(
        session.execute(  # house: bounded-all because a provider has one schedule
            select(columns.provider_id, columns.interval, columns.probe, columns.next_at, columns.claimed_until)
            .join(_providers, _providers.c.id == columns.provider_id)
            .where(_providers.c.enabled, _providers.c.deleted_at.is_(None))
        )
    )


def move(session: Session, provider_id: UUID, seen: datetime, next_at: datetime) -> bool:
    """Put the next check off, or forward; False when somebody else moved it first."""
    return _changed(session, provider_id, ScheduleRecord.next_at == seen, next_at=next_at)


def claim(
    session: Session, provider_id: UUID, seen: datetime, by: str, until: datetime, now: datetime, never_beyond: datetime
) -> bool:
    """Take the check that is due at `seen`; False when somebody else took it, or has checked already.

    A claim that ends later than `never_beyond` was made before the clock was set back, and holds nobody off.
    """
    return _changed(
        session,
        provider_id,
        ScheduleRecord.next_at == seen,
        or_(
            ScheduleRecord.claimed_until.is_(None),
            ScheduleRecord.claimed_until <= now,
            ScheduleRecord.claimed_until > never_beyond,
        ),
        claimed_by=by,
        claimed_until=until,
    )


def finish(session: Session, provider_id: UUID, by: str, next_at: datetime) -> bool:
    """Give the check back, done; False when the claim was lost in the meantime, and the check is somebody else's."""
    return _changed(
        session,
        provider_id,
        ScheduleRecord.claimed_by == by,
        claimed_by="",
        claimed_until=None,
        next_at=next_at,
    )


def give_back(session: Session, by: str) -> int:
    """Let go, undone, of whatever is held by names that begin like this; how many there were."""
    changed = session.execute(
        update(ScheduleRecord)
        .where(ScheduleRecord.claimed_by.startswith(by, autoescape=True))
        .values(claimed_by="", claimed_until=None)
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount


def _changed(session: Session, provider_id: UUID, *claims: ColumnElement[bool], **values: Any) -> bool:
    changed = session.execute(
        update(ScheduleRecord)
        .where(ScheduleRecord.provider_id == provider_id, *claims)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return changed.rowcount == 1
