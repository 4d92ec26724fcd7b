"""What is kept of the checks, and for how long: deleted is little at a time, and never what a verdict rests on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.orm import Session

from portal.store.health import PROVIDERS, CheckRecord, newest_id


def between(session: Session, start: datetime, end: datetime) -> list[Row[Any]]:
    """The checks of a stretch of time that count, alike ones together: (provider_id, category, latency_ms, number)."""
    columns = (CheckRecord.provider_id, CheckRecord.category, CheckRecord.latency_ms)
    return list(
        session.execute(  # house: bounded-all because alike checks of a stretch are one row
            select(*columns, func.count().label("number"))
            .where(CheckRecord.at >= start, CheckRecord.at < end, CheckRecord.counts)
            .group_by(*columns)
        )
    )


def oldest_at(session: Session) -> datetime | None:
    """When the oldest check that is kept was made."""
    return session.scalar(select(CheckRecord.at).order_by(CheckRecord.at, CheckRecord.id).limit(1))


def rights_ids(session: Session) -> list[UUID]:
    """The newest check that counts of each provider: what a verdict may rest on, however old it is."""
    # house: bounded-all because there is one check for each provider
    return [found for found in session.scalars(select(newest_id()).select_from(PROVIDERS)) if found]


def forget_before(session: Session, moment: datetime, but: Collection[UUID], most: int) -> int:
    """Delete at most so many checks older than this, but for a few; how many they were."""
    old = select(CheckRecord.id).where(CheckRecord.at < moment, CheckRecord.id.not_in(but)).order_by(CheckRecord.at)
    return session.execute(
        delete(CheckRecord)
        .where(CheckRecord.id.in_(old.limit(most).scalar_subquery()))
        .execution_options(synchronize_session=False)
    ).rowcount


MANY = 10_000
"""Checks from which on their number says something of the days to come."""


def take_stock(session: Session) -> None:
    """Let the database learn how its checks are spread, so that it takes the index that fits a filter best.

    SQLite learns nothing of few: it would take the table for small until the next time, and walk through it meanwhile.
    """
    if session.get_bind().dialect.name == "sqlite":
        some = select(CheckRecord.id).limit(MANY).subquery()
        if session.scalar(select(func.count()).select_from(some)) < MANY:
            return
        session.execute(text("PRAGMA analysis_limit = 1000"))  # else it would read every index from end to end
    session.execute(text("ANALYZE checks"))
