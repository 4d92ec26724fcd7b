"""The days behind a verdict: how each of them went, and how fast the answers were, without counting any checks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.domain.health import Level, Outcome, worst
from portal.domain.latencies import Sketch, quantile, together
from portal.store import check_days
from portal.store import health as store
from portal.store.base import Session

STRIP_DAYS = 90
CHART_DAYS = 30
MOST_POINTS = 600
"""As many checks are drawn one by one; more are drawn by their days."""


@dataclass(frozen=True)
class Spread:
    """A day's latencies in milliseconds: half were below `middle`, and nine in ten lay between `low` and `high`."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Past:
    """What the checks of a provider tell: the worst level of each day, and the latencies, both oldest first.

    While they are few, `latencies` are the checks one by one, None where one failed. When they are many it is empty,
    and `spreads` holds a day each, None where none answered; `middle` and `most` are then those of all days together.
    """

    days: tuple[Level, ...]
    since: datetime
    latencies: tuple[int | None, ...]
    latencies_since: datetime
    total: int
    spreads: tuple[Spread | None, ...] = ()
    middle: float = 0
    most: float = 0
    answered: int = 0
    failed: int = 0


def past(session: Session, provider_id: UUID, now: datetime) -> Past:
    """Two queries, each bounded: at most `STRIP_DAYS` days, and `MOST_POINTS` checks."""
    today = now.astimezone(UTC).date()
    first, chart_from = today - timedelta(days=STRIP_DAYS - 1), today - timedelta(days=CHART_DAYS - 1)
    rows = {row.day: row for row in check_days.of_providers(session, [provider_id], first)}
    points = store.latencies(session, provider_id, _midnight(chart_from), MOST_POINTS)
    charted = [rows.get(chart_from + timedelta(days=place)) for place in range(CHART_DAYS)]
    number = sum(_number(row) for row in charted if row)
    begun = next((place for place, row in enumerate(charted) if row), 0)
    told = Past(
        days=_strip(rows, first),
        since=_midnight(first),
        latencies=tuple(ms if outcome == Outcome.OK else None for outcome, ms in points),
        latencies_since=_midnight(chart_from + timedelta(days=begun)),
        total=sum(_number(row) for row in rows.values()),
    )
    if number <= MOST_POINTS:
        return told
    sketches = [row.latencies if row else {} for row in charted[begun:]]
    whole = together(sketches)
    return replace(
        told,
        latencies=(),
        spreads=tuple(_spread(sketch) for sketch in sketches),
        middle=quantile(whole, 0.5) or 0,
        most=quantile(whole, 0.9) or 0,
        answered=sum(row.good for row in charted if row),
        failed=sum(row.attention + row.bad for row in charted if row),
    )


def strips(session: Session, provider_ids: Collection[UUID], now: datetime) -> dict[UUID, tuple[Level, ...]]:
    """The worst level of each of the last days for many providers, oldest first: one query for all."""
    first = now.astimezone(UTC).date() - timedelta(days=STRIP_DAYS - 1)
    days: dict[UUID, dict[date, Any]] = {provider_id: {} for provider_id in provider_ids}
    for row in check_days.of_providers(session, provider_ids, first):
        days[row.provider_id][row.day] = row
    return {provider_id: _strip(rows, first) for provider_id, rows in days.items()}


def _strip(rows: Mapping[date, Any], first: date) -> tuple[Level, ...]:
    return tuple(_worst(rows.get(first + timedelta(days=place))) for place in range(STRIP_DAYS))


def _worst(row: Any) -> Level:
    levels = (Level.GOOD, Level.ATTENTION, Level.BAD)
    return worst({level for level in levels if getattr(row, level.value)} if row else set())


def _number(row: Any) -> int:
    return int(row.good + row.attention + row.bad)


def _spread(sketch: Sketch) -> Spread | None:
    low, middle, high = (quantile(sketch, share) for share in (0.05, 0.5, 0.95))
    return None if low is None or middle is None or high is None else Spread(low, middle, high)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
