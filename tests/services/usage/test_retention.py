"""Clearing old usage away: requests and days go together, whole days of them, and no page is left with half a day."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.services.runtime import Runtime
from portal.services.usage import retention, summing
from portal.store import settings
from portal.store.base import reading, transaction
from portal.store.usage_sums import UsageSumRecord
from tests.conftest import Actors
from tests.using import use, used


def today() -> datetime:
    """Its first moment. A run may be longer than a day has left, so no file knows the day for long."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def days_left() -> list[int]:
    """How many days ago each day is that is still counted."""
    with reading() as session:
        return sorted((today().date() - day).days for day in session.scalars(select(UsageSumRecord.day).distinct()))


def rows_left() -> list[int]:
    return sorted({(today() - row.at).days for row in used()})


@pytest.mark.parametrize("summed", [True, False])
def test_what_is_older_than_it_is_kept_goes(runtime: Runtime, summed: bool):
    for days in (401, 400, 399, 1):
        use(today() - timedelta(days=days), Actors.uma.id)
    if summed:
        summing.sum_up()
    assert retention.prune(runtime) == 1
    assert rows_left() == [1, 399, 400]
    summing.sum_up()
    assert days_left() == [1, 399, 400]


def test_the_deployment_says_for_how_long(runtime: Runtime):
    for days in (61, 60, 59):
        use(today() - timedelta(days=days), Actors.uma.id)
    summing.sum_up()
    with transaction() as session:
        settings.put(session, retention.DAYS_SETTING, 60, runtime.now())
    assert retention.prune(runtime) == 1
    assert rows_left() == days_left() == [59, 60]


def test_it_goes_a_few_at_a_time_and_on_where_it_was_interrupted(runtime: Runtime):
    use(today() - timedelta(days=500), Actors.uma.id, 600)
    summing.sum_up()
    assert retention.prune(runtime, pause=lambda: True) == retention.BATCH
    assert days_left() == [500], "a day goes after its requests"
    assert retention.prune(runtime) == 600 - retention.BATCH
    assert days_left() == rows_left() == []
