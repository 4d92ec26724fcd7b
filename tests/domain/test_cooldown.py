"""When keys are in cooldown, for how long, and which is tried next."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.cooldown import (
    FIRST_PAUSE,
    LONGEST,
    READY,
    Cooldown,
    after,
    is_the_keys_fault,
    order,
    pause,
    proves_the_key,
    unblocked_in,
)
from portal.domain.faults import Category, Fault

NOW = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Key:
    position: int
    cooldown: Cooldown = READY


@pytest.mark.parametrize("category", list(Category))
def test_only_refused_and_throttled_keys_cool_down(category: Category):
    assert is_the_keys_fault(Fault(category)) == (category in ("auth", "permission", "billing", "rate_limit"))


def test_a_model_or_words_that_are_refused_prove_the_key():
    assert proves_the_key(None)
    assert proves_the_key(Fault(Category.MODEL_NOT_FOUND))
    assert proves_the_key(Fault(Category.CONTENT))
    assert not proves_the_key(Fault(Category.SERVER))
    assert not proves_the_key(Fault(Category.TIMEOUT))


def test_every_failure_in_a_row_doubles_the_pause_up_to_an_hour():
    refused = Fault(Category.AUTH)
    assert [pause(refused, failures) for failures in (1, 2, 3)] == [MINUTE, 2 * MINUTE, 4 * MINUTE]
    assert pause(refused, 7) == pause(refused, 10_000) == LONGEST
    assert pause(Fault(Category.RATE_LIMIT), 1) < pause(Fault(Category.RATE_LIMIT), 2)


def test_what_the_provider_asks_for_is_what_it_gets():
    assert pause(Fault(Category.RATE_LIMIT, retry_after=20), 5) == timedelta(seconds=20)
    assert pause(Fault(Category.RATE_LIMIT, retry_after=0), 1) == timedelta(seconds=1)
    assert pause(Fault(Category.RATE_LIMIT, retry_after=1e12), 1) == LONGEST
    assert pause(Fault(Category.RATE_LIMIT, retry_after=float("nan")), 1) == FIRST_PAUSE[Category.RATE_LIMIT]


@given(st.sampled_from(list(FIRST_PAUSE)), st.integers(0, 10_000), st.none() | st.floats())
def test_a_pause_is_never_shorter_than_a_second_nor_longer_than_an_hour(category, failures, wait):
    cooldown = after(Fault(category, retry_after=wait), Cooldown(failures), NOW)
    assert cooldown.failures == failures + 1
    assert timedelta(seconds=1) <= cooldown.until - NOW <= LONGEST
    assert cooldown.retry_at in (None, cooldown.until)


def test_ready_keys_come_by_position_then_the_soonest_to_be_ready():
    soon, late = Cooldown(1, NOW + MINUTE, "auth"), Cooldown(2, NOW + 5 * MINUTE, "auth")
    due = Cooldown(3, NOW - MINUTE, "auth")
    keys = [Key(0, late), Key(3), Key(1, soon), Key(2, due)]
    assert [key.position for key in order(keys, NOW)] == [2, 3, 1, 0]


def test_a_key_whose_pause_is_over_is_neither_ready_nor_cooling_down():
    due = Cooldown(1, NOW, "auth")
    assert not due.is_ready(NOW)
    assert not due.is_cooling_down(NOW)
    assert READY.is_ready(NOW)


def test_only_the_providers_own_wait_blocks_a_key():
    asked_for = after(Fault(Category.RATE_LIMIT, retry_after=30), READY, NOW)
    guessed = after(Fault(Category.RATE_LIMIT), READY, NOW)
    assert asked_for.is_blocked(NOW)
    assert not asked_for.is_blocked(NOW + 31 * timedelta(seconds=1))
    assert not guessed.is_blocked(NOW)
    assert unblocked_in([Key(0, guessed)], NOW) is None
    later = after(Fault(Category.RATE_LIMIT, retry_after=90), READY, NOW)
    assert unblocked_in([Key(0, later), Key(1, asked_for)], NOW) == 30


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-600, 600)), max_size=8))
def test_a_cooldown_only_orders_and_loses_no_key(facts):
    keys = [
        Key(position, Cooldown(failures, NOW + timedelta(seconds=wait)))
        for position, (failures, wait) in enumerate(facts)
    ]
    assert sorted(order(keys, NOW), key=lambda key: key.position) == keys
