"""For how long usage is kept, and clearing away what is older: requests and sums alike."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from portal.services.runtime import Runtime
from portal.store import settings as stored_settings
from portal.store import usage, usage_sums
from portal.store.base import reading, transaction

DAYS_SETTING = "usage_retention_days"
DAYS = 400
DAYS_ALLOWED = (31, 3650)
"""For how many days usage is kept, unless the deployment says otherwise, and what it may say."""

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
    total = 0
    while True:
        with transaction() as session:
            gone = usage.forget_before(session, moment, BATCH)
        total += gone
        if gone < BATCH:
            break
        if pause():
            return total
    with transaction() as session:
        usage_sums.forget_before(session, first)
    return total
