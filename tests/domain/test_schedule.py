"""When a provider is checked again: laws of the intervals, whatever the clock does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.schedule import (
    AT_ONCE,
    LONGEST_LEASE,
    SPREAD,
    Plan,
    is_due,
    is_free,
    say_interval,
    slot_after,
    spread,
    until_next,
)

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
IDS = st.uuids()
INTERVALS = st.integers(60, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(IDS, INTERVALS, MOMENTS)
def test_the_next_interval_begins_within_one_and_never_now(provider_id: UUID, interval: timedelta, moment: datetime):
    assert timedelta(0) < slot_after(provider_id, interval, moment) - moment <= interval


@given(IDS, INTERVALS, MOMENTS)
def test_checks_do_not_drift_however_late_each_of_them_is(provider_id: UUID, interval: timedelta, moment: datetime):
    first = slot_after(provider_id, interval, moment)
    at = first
    for place in range(20):
        late = interval * (place % 7) / 8
        at = slot_after(provider_id, interval, at + late)
    assert at == first + 20 * interval


def test_providers_of_one_interval_are_spread_over_it():
    moments = sorted(slot_after(uuid4(), 60 * MINUTE, NOW) - NOW for _ in range(600))
    tenths = [sum(place * 6 * MINUTE < moment <= (place + 1) * 6 * MINUTE for moment in moments) for place in range(10)]
    assert min(tenths) > 20


def test_what_is_due_is_due_until_somebody_holds_it():
    plan = Plan(uuid4(), 5 * MINUTE, NOW)
    assert is_due(plan, NOW)
    assert is_due(plan, NOW + MINUTE)
    assert not is_due(plan, NOW - MINUTE)
    held = Plan(plan.provider_id, plan.interval, NOW, NOW + MINUTE)
    assert not is_due(held, NOW)
    assert is_due(held, NOW + MINUTE)


def test_a_clock_that_was_set_back_puts_nothing_off_for_long():
    plan = Plan(uuid4(), 5 * MINUTE, NOW, NOW + MINUTE)
    assert is_due(plan, NOW - timedelta(hours=6))
    assert not is_free(NOW + MINUTE, NOW)
    assert is_free(NOW + 2 * LONGEST_LEASE, NOW)


def test_a_few_that_are_late_are_checked_at_once():
    late = [Plan(uuid4(), 5 * MINUTE, NOW - timedelta(hours=1)) for _ in range(AT_ONCE)]
    on_time = [Plan(uuid4(), 5 * MINUTE, NOW + MINUTE) for _ in range(50)]
    assert spread(late + on_time, NOW) == {}


@given(st.lists(st.tuples(IDS, INTERVALS), min_size=AT_ONCE + 1, max_size=60, unique_by=lambda item: item[0]))
def test_after_a_stop_many_are_spread_and_none_beyond_its_interval(of: list[tuple[UUID, timedelta]]):
    plans = [Plan(provider_id, interval, NOW - timedelta(days=3)) for provider_id, interval in of]
    put_off = spread(plans, NOW)
    assert set(put_off) == {plan.provider_id for plan in plans}
    for plan in plans:
        moment = put_off[plan.provider_id]
        assert NOW <= moment <= min(NOW + SPREAD, slot_after(plan.provider_id, plan.interval, NOW))


def test_the_worker_waits_until_the_next_check_or_the_end_of_a_claim():
    plans = [Plan(uuid4(), 5 * MINUTE, NOW + 3 * MINUTE), Plan(uuid4(), 5 * MINUTE, NOW, NOW + MINUTE)]
    assert until_next(plans, NOW, 10 * MINUTE) == MINUTE
    assert until_next(plans[:1], NOW, 10 * MINUTE) == 3 * MINUTE
    assert until_next([], NOW, 2 * MINUTE) == 2 * MINUTE
    assert until_next(plans, NOW + timedelta(hours=1), MINUTE) == timedelta(0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "off"),
        (60, "every minute"),
        (300, "every 5 minutes"),
        (3600, "every hour"),
        (5400, "every 90 minutes"),
        (86_400, "every day"),
        (90, "every 90 seconds"),
    ],
)
def test_an_interval_is_worded_in_its_largest_unit(seconds: int | None, words: str):
    assert say_interval(seconds) == words
