"""Checks: every recorded look at a provider."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Index,
    Row,
    String,
    Text,
    Uuid,
    column,
    false,
    func,
    literal,
    select,
    table,
    tuple_,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record, Time

SCHEDULE = "schedule"
"""Who asked, where nobody did."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class CheckRecord(Record):
    """One look. It keeps a snapshot of names and address, for the provider may be changed, deleted, or not saved yet.

    `about` is what was looked at: `provider`, `key`, `model` or `form`. Only checks with `counts` true (saved
    provider; shared, environment or no key) speak for the provider.
    """

    __tablename__ = "checks"
    __table_args__ = (
        Index("ix_checks_at", "at", "id"),
        Index("ix_checks_provider", "provider_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(String(254), default="")
    scheduled: Mapped[bool] = mapped_column(default=False, server_default=false())
    about: Mapped[str] = mapped_column(String(20))
    counts: Mapped[bool] = mapped_column(default=False, server_default=false())
    provider_id: Mapped[UUID | None]
    provider_name: Mapped[str] = mapped_column(String(64), default="")
    provider_type: Mapped[str] = mapped_column(String(40), default="")
    url: Mapped[str] = mapped_column(String(600), default="")
    model: Mapped[str] = mapped_column(String(300), default="")
    reported_model: Mapped[str] = mapped_column(String(300), default="")
    key_source: Mapped[str] = mapped_column(String(20), default="none")
    key_id: Mapped[UUID | None]
    fingerprint: Mapped[str] = mapped_column(String(8), default="")
    outcome: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(30))
    status: Mapped[int | None]
    latency_ms: Mapped[int | None]
    sentence: Mapped[str] = mapped_column(Text, default="")
    hint: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[str] = mapped_column(Text, default="")
    request_id: Mapped[str] = mapped_column(String(200), default="")


_providers = table("providers", column("id", Uuid))
"""Only its ids: which checks are newest is asked once for each of them, by the index."""


@dataclass(frozen=True)
class CheckFilter:
    """Which checks; an empty field does not filter. `provider` is a name as it was when the check ran."""

    provider: str = ""
    provider_id: UUID | None = None
    outcome: str = ""
    category: str = ""
    actor: str = ""
    model: str = ""
    since: datetime | None = None
    until: datetime | None = None


def _fitting(wanted: CheckFilter) -> list[ColumnElement[bool]]:
    claims: list[ColumnElement[bool]] = []
    if wanted.provider:
        claims.append(CheckRecord.provider_name == wanted.provider)
    if wanted.provider_id:
        claims.append(CheckRecord.provider_id == wanted.provider_id)
    if wanted.outcome:
        claims.append(CheckRecord.outcome == wanted.outcome)
    if wanted.category:
        claims.append(CheckRecord.category == wanted.category)
    if wanted.actor == SCHEDULE:
        claims.append(CheckRecord.scheduled)
    elif wanted.actor:
        claims.append(CheckRecord.actor == wanted.actor)
    if wanted.model:
        claims.append(CheckRecord.model.icontains(wanted.model, autoescape=True))
    if wanted.since:
        claims.append(CheckRecord.at >= wanted.since)
    if wanted.until:
        claims.append(CheckRecord.at < wanted.until)
    return claims


Place = tuple[datetime, UUID]
"""Where a check stands in the list: its time, and its id where two share one."""


def page_of(
    session: Session, wanted: CheckFilter, size: int, *, before: Place | None = None, after: Place | None = None
) -> list[CheckRecord]:
    """At most `size` checks, newest first: those older than `before`, or the nearest ones newer than `after`."""
    query = select(CheckRecord).where(*_fitting(wanted)).limit(size)
    place = tuple_(CheckRecord.at, CheckRecord.id)
    if after is not None:
        newer = tuple_(literal(after[0], Time), literal(after[1], Uuid))
        query = query.where(place > newer).order_by(CheckRecord.at, CheckRecord.id)
        return list(session.scalars(query))[::-1]
    if before is not None:
        query = query.where(place < tuple_(literal(before[0], Time), literal(before[1], Uuid)))
    return list(session.scalars(query.order_by(CheckRecord.at.desc(), CheckRecord.id.desc())))


def count(session: Session, wanted: CheckFilter) -> int:
    return session.scalar(select(func.count()).select_from(CheckRecord).where(*_fitting(wanted))) or 0


def find(session: Session, check_id: UUID) -> CheckRecord | None:
    return session.get(CheckRecord, check_id)


def choices(session: Session, most: int = 200) -> tuple[list[str], list[str]]:
    """The provider names and the people that appear in checks: what the filters offer."""
    names = select(CheckRecord.provider_name).where(CheckRecord.provider_name != "").distinct()
    people = select(CheckRecord.actor).where(CheckRecord.actor != "", ~CheckRecord.scheduled).distinct()
    return (
        list(session.scalars(names.order_by(CheckRecord.provider_name).limit(most))),
        list(session.scalars(people.order_by(CheckRecord.actor).limit(most))),
    )


def newest(session: Session, provider_ids: Collection[UUID]) -> dict[UUID, CheckRecord]:
    """For each provider its newest check that counts."""
    if not provider_ids:
        return {}
    latest = (
        select(CheckRecord.id)
        .where(CheckRecord.provider_id == _providers.c.id, CheckRecord.counts)
        .order_by(CheckRecord.at.desc(), CheckRecord.id.desc())
        .limit(1)
        .correlate(_providers)
        .scalar_subquery()
    )
    ids = select(latest).select_from(_providers).where(_providers.c.id.in_(provider_ids))
    found = session.scalars(select(CheckRecord).where(CheckRecord.id.in_(ids)))
    return {check.provider_id: check for check in found if check.provider_id}


def last_few(session: Session, provider_ids: Collection[UUID], few: int = 24) -> dict[UUID, list[Row[Any]]]:
    """For each provider its last few checks that count, oldest first: (at, category, latency_ms)."""
    if not provider_ids:
        return {}
    oldest = (
        select(CheckRecord.at)
        .where(CheckRecord.provider_id == _providers.c.id, CheckRecord.counts)
        .order_by(CheckRecord.at.desc())
        .limit(1)
        .offset(few - 1)
        .correlate(_providers)
        .scalar_subquery()
    )
    rows = session.execute(
        select(CheckRecord.provider_id, CheckRecord.at, CheckRecord.category, CheckRecord.latency_ms)
        .join(_providers, CheckRecord.provider_id == _providers.c.id)
        .where(
            _providers.c.id.in_(provider_ids),
            CheckRecord.counts,
            CheckRecord.at >= func.coalesce(oldest, literal(LONG_AGO, Time)),
        )
        .order_by(CheckRecord.at, CheckRecord.id)
    )
    found: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.provider_id, []).append(row)
    return {provider_id: looks[-few:] for provider_id, looks in found.items()}


def _day(session: Session) -> ColumnElement[Any]:
    """The UTC day of a check: a text on SQLite, a date on PostgreSQL."""
    if session.get_bind().dialect.name == "postgresql":
        return func.date(func.timezone("UTC", CheckRecord.at))
    return func.date(CheckRecord.at)


def _as_date(day: object) -> date:
    return date.fromisoformat(day) if isinstance(day, str) else day  # type: ignore[return-value]


def days(session: Session, provider_id: UUID, since: datetime) -> list[tuple[date, str, int]]:
    """How often each category came on each day, among the checks that count."""
    day = _day(session)
    rows = session.execute(
        select(day, CheckRecord.category, func.count())
        .where(CheckRecord.provider_id == provider_id, CheckRecord.counts, CheckRecord.at >= since)
        .group_by(day, CheckRecord.category)
    )
    return [(_as_date(row[0]), row[1], row[2]) for row in rows]


def latencies(session: Session, provider_id: UUID, since: datetime, most: int = 10_000) -> list[tuple[str, int | None]]:
    """The outcome and latency of the checks that count, oldest first: the newest `most` of them."""
    rows = session.execute(
        select(CheckRecord.outcome, CheckRecord.latency_ms)
        .where(CheckRecord.provider_id == provider_id, CheckRecord.counts, CheckRecord.at >= since)
        .order_by(CheckRecord.at.desc(), CheckRecord.id.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows][::-1]


def alike_before(session: Session, check: CheckRecord) -> tuple[int, datetime]:
    """How many checks in a row, up to this one, ended as it did for its provider, and when the first of them ran."""
    same = (CheckRecord.provider_id == check.provider_id, CheckRecord.counts == check.counts)
    place = tuple_(CheckRecord.at, CheckRecord.id)
    here = tuple_(literal(check.at, Time), literal(check.id, Uuid))
    other = (
        select(CheckRecord.at)
        .where(*same, place < here, CheckRecord.category != check.category)
        .order_by(CheckRecord.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(
        select(func.count(), func.min(CheckRecord.at)).where(
            *same, place <= here, CheckRecord.at > func.coalesce(other, literal(LONG_AGO, Time))
        )
    ).one()
    return row[0], row[1] or check.at
