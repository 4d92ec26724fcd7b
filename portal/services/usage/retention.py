"""For how long usage is kept, and clearing away what is older: requests, sums, and what stays at providers."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from portal.domain.budgets import period_of
from portal.services.runtime import Runtime
from portal.store import allowances, budget_counts, provider_states, usage, usage_sums
from portal.store import settings as stored_settings
from portal.store.base import Session, reading, transaction

DAYS_SETTING = "usage_retention_days"
DAYS = 400
DAYS_ALLOWED = (31, 3650)
"""For how many days usage is kept, unless the deployment says otherwise, and what it may say."""

STATE_DAYS = 30
"""For how many days it is known which answers stay at a provider: for as long as providers keep them."""

BATCH = 250
"""So many in one transaction: on SQLite nobody else writes meanwhile."""


def prune(runtime: Runtime, *, pause: Callable[[], bool] = lambda: False) -> int:
    """Delete what was used longer ago than usage is kept, whole days of it; how many requests they were.

    `pause` is called between two transactions, and ends the work when it returns True.
    """
    with reading() as session:
        days = int(stored_settings.find(session, DAYS_SETTING) or DAYS)
    first = runtime.now().astimezone(UTC).date() - timedelta(days=days)
    moment = datetime.combine(first, time(), UTC)
    total, over = _forget(usage.forget_before, moment, pause)
    if not over:
        return total
    with transaction() as session:
        usage_sums.forget_before(session, first)
        budget_counts.forget_before(session, period_of(moment))
        allowances.forget_unheld(session)
    _forget(provider_states.forget_before, runtime.now() - timedelta(days=STATE_DAYS), pause)
    return total


def _forget(
    before: Callable[[Session, datetime, int], int], moment: datetime, pause: Callable[[], bool]
) -> tuple[int, bool]:
    """How many were deleted, and whether none is left."""
    total = 0
    while True:
        with transaction() as session:
            gone = before(session, moment, BATCH)
        total += gone
        if gone < BATCH:
            return total, True
        if pause():
            return total, False
