"""Checks of providers, as they were recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    Row,
    ScalarSelect,
    Select,
    String,
    Text,
    Uuid,
    column,
    false,
    func,
    literal,
    select,
    table,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from portal.store.base import Record, Time

SCHEDULE = "schedule"
"""Who asked, where nobody did."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class CheckRecord(Record):
    """One check. It keeps a snapshot of names and address, for the provider may be changed, deleted, or not saved yet.

    `about` is what was checked: `provider`, `key`, `model`, `form` or `personal key`; `probe` how: `ping` or `list`.
    Only checks with `counts` true (saved provider; shared, environment or no key) speak for the provider. `proven`: its
    key is known to work. `steps` are pairs of what the call did and its milliseconds. `in_a_row` and `alike_since` tell
    of the checks that count and ended alike, up to this one.
    """

    __tablename__ = "checks"
    __table_args__ = (
        Index("ix_checks_at", "at", "id"),
        Index("ix_checks_provider", "provider_id", "at", "id"),
        # One for each filter, and for the two pairs that people set together.
        Index("ix_checks_provider_name", "provider_name", "at"),
        Index("ix_checks_provider_outcome", "provider_name", "outcome", "at"),
        Index("ix_checks_provider_category", "provider_name", "category", "at"),
        Index("ix_checks_outcome", "outcome", "at"),
        Index("ix_checks_category", "category", "at"),
        Index("ix_checks_actor", "actor", "at"),
        Index("ix_checks_model", "model", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(String(254), default="")
    scheduled: Mapped[bool] = mapped_column(default=False, server_default=false())
    about: Mapped[str] = mapped_column(String(20))
    probe: Mapped[str] = mapped_column(String(10), default="ping")
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
    steps: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    notes: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    proven: Mapped[bool] = mapped_column(default=False, server_default=false())
    in_a_row: Mapped[int] = mapped_column(default=1)
    alike_since: Mapped[datetime | None]


PROVIDERS = table("providers", column("id", Uuid))
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
    if wanted.actor:
        claims.append(CheckRecord.actor == wanted.actor)
        claims.append(CheckRecord.scheduled if wanted.actor == SCHEDULE else ~CheckRecord.scheduled)
    return claims


Place = tuple[datetime, UUID]
"""A check's place in the list: its time, and its id where two share one."""


def _between(wanted: CheckFilter, before: Place | None, after: Place | None) -> list[ColumnElement[bool]]:
    """The stretch of time. Of two bounds on one side only the tighter is asked: SQLite would walk from the wider."""
    claims: list[ColumnElement[bool]] = []
    place = tuple_(CheckRecord.at, CheckRecord.id)
    if after is not None:
        claims.append(place > tuple_(literal(after[0], Time), literal(after[1], Uuid)))
    if before is not None:
        claims.append(place < tuple_(literal(before[0], Time), literal(before[1], Uuid)))
    if wanted.since and (after is None or after[0] < wanted.since):
        claims.append(CheckRecord.at >= wanted.since)
    if wanted.until and (before is None or before[0] >= wanted.until):
        claims.append(CheckRecord.at < wanted.until)
    return claims


def page_of(
    session: Session,
    wanted: CheckFilter,
    size: int,
    *,
    before: Place | None = None,
    after: Place | None = None,
    models: Collection[str] = (),
) -> list[CheckRecord]:
    """At most `size` checks, newest first: those older than `before`, or the nearest ones newer than `after`.

    `models` are the names, few, that hold the text of `wanted.model`; without them each check is compared with it.
    """
    claims = _fitting(wanted) + _between(wanted, before if after is None else None, after)
    order = (CheckRecord.at.desc(), CheckRecord.id.desc())
    if after is not None:
        order = (CheckRecord.at.asc(), CheckRecord.id.asc())
    query = select(CheckRecord).order_by(*order).limit(size)
    if models:
        # The newest of each name, found by the index: so a rare name costs as little as a common one.
        each = [
            select(CheckRecord.id).where(CheckRecord.model == name, *claims).order_by(*order).limit(size).subquery()
            for name in models
        ]
        query = query.where(CheckRecord.id.in_(union_all(*(select(one.c.id) for one in each))))
    elif wanted.model:
        query = query.where(*claims, CheckRecord.model.icontains(wanted.model, autoescape=True))
    else:
        query = query.where(*claims)
    found = list(session.scalars(query))
    return found[::-1] if after is not None else found


def find(session: Session, check_id: UUID) -> CheckRecord | None:
    return session.get(CheckRecord, check_id)


@dataclass(frozen=True)
class Choices:
    """What appears in checks: provider names, who asked (the schedule aside), and models."""

    providers: tuple[str, ...]
    people: tuple[str, ...]
    models: tuple[str, ...]


MOST_NAMES = 500
"""How many different names the filters offer."""


def choices(session: Session, most: int = MOST_NAMES) -> Choices:
    """What the filters can be set to, at most so many of each. Three queries that take a step for each name."""
    providers, people, models = (
        tuple(session.scalars(_names(column, most)))  # house: bounded-all because _names ends after so many steps
        for column in (CheckRecord.provider_name, CheckRecord.actor, CheckRecord.model)
    )
    return Choices(providers, tuple(name for name in people if name != SCHEDULE), models)


def _names(column: InstrumentedAttribute[str], most: int) -> Select[tuple[str]]:
    """The different values of a column in order, by going from each to the next in its index: never over all rows."""
    walk = select(func.min(column).label("name")).where(column != "").cte("walk", recursive=True)
    following = select(func.min(column)).where(column > walk.c.name).correlate(walk).scalar_subquery()
    walk = walk.union_all(select(following).where(walk.c.name.is_not(None)))
    return select(walk.c.name).where(walk.c.name.is_not(None)).limit(most)


def newest_of(session: Session, provider_id: UUID) -> CheckRecord | None:
    """A provider's newest check that counts."""
    query = select(CheckRecord).where(CheckRecord.provider_id == provider_id, CheckRecord.counts)
    return session.scalars(query.order_by(CheckRecord.at.desc(), CheckRecord.id.desc()).limit(1)).one_or_none()


def newest_before(session: Session, provider_id: UUID, moment: datetime) -> CheckRecord | None:
    """The last check that counted before this moment: how the provider stood before it stood as now."""
    query = select(CheckRecord).where(
        CheckRecord.provider_id == provider_id, CheckRecord.counts, CheckRecord.at < moment
    )
    return session.scalars(query.order_by(CheckRecord.at.desc(), CheckRecord.id.desc()).limit(1)).one_or_none()


def newest_aside(session: Session, provider_id: UUID, since: datetime | None) -> CheckRecord | None:
    """The newest check of a provider after that moment which does not count for it."""
    query = select(CheckRecord).where(
        CheckRecord.provider_id == provider_id, CheckRecord.about == "provider", CheckRecord.counts.is_(False)
    )
    if since is not None:
        query = query.where(CheckRecord.at > since)
    return session.scalars(query.order_by(CheckRecord.at.desc(), CheckRecord.id.desc()).limit(1)).one_or_none()


def add(session: Session, check: CheckRecord, before: CheckRecord | None) -> None:
    """Write a check down. `before` is the provider's newest that counts: ending alike, this one goes on in its row."""
    alike = check.counts and before is not None and before.category == check.category and before.at <= check.at
    check.in_a_row = before.in_a_row + 1 if alike and before else 1
    check.alike_since = (before.alike_since or before.at) if alike and before else check.at
    session.add(check)
    session.flush()


def newest(session: Session, provider_ids: Collection[UUID]) -> dict[UUID, CheckRecord]:
    """For each provider its newest check that counts."""
    if not provider_ids:
        return {}
    # Joined, not by IN: with statistics from when there were few checks, SQLite would walk through all for that.
    query = select(CheckRecord).select_from(PROVIDERS).join(CheckRecord, CheckRecord.id == newest_id())
    found = session.scalars(query.where(PROVIDERS.c.id.in_(provider_ids)))
    return {check.provider_id: check for check in found if check.provider_id}


def by_ids(session: Session, check_ids: Collection[UUID]) -> dict[UUID, CheckRecord]:
    """These checks, as far as they are kept."""
    if not check_ids:
        return {}
    return {check.id: check for check in session.scalars(select(CheckRecord).where(CheckRecord.id.in_(check_ids)))}


def newest_id() -> ScalarSelect[UUID]:
    """Of each row of `PROVIDERS`: its newest check that counts."""
    return (
        select(CheckRecord.id)
        .where(CheckRecord.provider_id == PROVIDERS.c.id, CheckRecord.counts)
        .order_by(CheckRecord.at.desc(), CheckRecord.id.desc())
        .limit(1)
        .correlate(PROVIDERS)
        .scalar_subquery()
    )


def last_few(session: Session, provider_ids: Collection[UUID], few: int = 24) -> dict[UUID, list[Row[Any]]]:
    """For each provider its last few checks that count, oldest first: provider_id, at, category, latency_ms, id."""
    if not provider_ids:
        return {}
    oldest = (
        select(CheckRecord.at)
        .where(CheckRecord.provider_id == PROVIDERS.c.id, CheckRecord.counts)
        .order_by(CheckRecord.at.desc())
        .limit(1)
        .offset(few - 1)
        .correlate(PROVIDERS)
        .scalar_subquery()
    )
    rows = session.execute(
        select(CheckRecord.provider_id, CheckRecord.at, CheckRecord.category, CheckRecord.latency_ms, CheckRecord.id)
        .join(PROVIDERS, CheckRecord.provider_id == PROVIDERS.c.id)
        .where(
            PROVIDERS.c.id.in_(provider_ids),
            CheckRecord.counts,
            CheckRecord.at >= func.coalesce(oldest, literal(LONG_AGO, Time)),
        )
    )
    found: dict[UUID, list[Row[Any]]] = {}
    # Put in order here: asked for it, SQLite walks through all checks by their time once it has been told to ANALYZE.
    for row in sorted(rows, key=lambda row: (row.at, row.id)):
        found.setdefault(row.provider_id, []).append(row)
    return {provider_id: checks[-few:] for provider_id, checks in found.items()}


def latencies(session: Session, provider_id: UUID, since: datetime, most: int) -> list[tuple[str, int | None]]:
    """The outcome and latency of the checks that count, oldest first: the newest `most` of them."""
    rows = session.execute(
        select(CheckRecord.outcome, CheckRecord.latency_ms)
        .where(CheckRecord.provider_id == provider_id, CheckRecord.counts, CheckRecord.at >= since)
        .order_by(CheckRecord.at.desc(), CheckRecord.id.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows][::-1]
