"""Clearing old checks away, a few at a time, and counting their days anew."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from portal.domain.faults import Category
from portal.domain.health import verdict_of
from portal.services.runtime import Runtime
from portal.store import check_days, retention
from portal.store import settings as stored_settings
from portal.store import webhooks as stored_deliveries
from portal.store.base import reading, transaction

DAYS_SETTING = "check_retention_days"
DAYS = 90
DAYS_ALLOWED = (1, 3650)
"""For how many days checks are kept, unless the deployment says otherwise, and what it may say."""

KEEP_DAYS = timedelta(days=400)
KEEP_DELIVERIES = timedelta(days=30)
BATCH = 250
"""So many in one transaction: on SQLite nobody else writes meanwhile."""

LAST_SETTING = "checks.pruned_on"
CLEARED_SETTING = "checks.cleared_before"
"""The moment before which checks were cleared away: days before it cannot be counted anew."""


def days_kept(runtime: Runtime) -> int:
    """For how many days checks are kept."""
    with reading() as session:
        return int(stored_settings.find(session, DAYS_SETTING) or DAYS)


def take_today(runtime: Runtime) -> bool:
    """Whether today's clearing is still to be done, and is now this caller's to do."""
    today = runtime.now().astimezone(UTC).date().isoformat()
    with transaction() as session:
        if stored_settings.find(session, LAST_SETTING, lock=True) == today:
            return False
        stored_settings.put(session, LAST_SETTING, today, runtime.now())
        return True


def prune(runtime: Runtime, days: int | None = None, *, pause: Callable[[], bool] = lambda: False) -> int:
    """Delete checks older than so many days, in small transactions; how many they were.

    The newest check of each provider that counts is kept however old it is: its verdict rests on it. `pause` is called
    between two transactions, so that others can write, and ends the work when it returns True.
    """
    now = runtime.now()
    cut = now - timedelta(days=days or days_kept(runtime))
    with transaction() as session:
        kept = retention.rights_ids(session)
        cleared = stored_settings.find(session, CLEARED_SETTING)
        if cleared is None or datetime.fromisoformat(cleared) < cut:
            stored_settings.put(session, CLEARED_SETTING, cut.isoformat(), now)
        check_days.forget_before(session, (now - KEEP_DAYS).date())
        stored_deliveries.forget_before(session, now - KEEP_DELIVERIES, BATCH)
    total = 0
    while True:
        with transaction() as session:
            gone = retention.forget_before(session, cut, kept, BATCH)
        total += gone
        if gone < BATCH or pause():
            break
    with transaction() as session:
        retention.take_stock(session)
    return total


def rebuild(runtime: Runtime) -> int:
    """Count every day anew of which all checks are still kept, a transaction each; how many days there were.

    Days of which some checks were cleared away stay as they were counted.
    """
    with reading() as session:
        oldest = retention.oldest_at(session)
        cleared = stored_settings.find(session, CLEARED_SETTING)
    today = runtime.now().astimezone(UTC).date()
    first = oldest.date() if oldest else today
    if cleared:
        first = max(first, datetime.fromisoformat(cleared).date() + timedelta(days=1))
    number = 0
    while first <= today:
        _count(first)
        first += timedelta(days=1)
        number += 1
    return number


def _count(day: date) -> None:
    start = datetime.combine(day, time(), UTC)
    with transaction() as session:
        check_days.lock_providers(session)
        rows = retention.between(session, start, start + timedelta(days=1))
        check_days.replace(
            session,
            day,
            [(row.provider_id, verdict_of(Category(row.category)).level, row.latency_ms, row.number) for row in rows],
        )
