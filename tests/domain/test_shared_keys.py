"""The state of a key, in words, and when it is old."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from portal.domain.cooldown import READY, Cooldown
from portal.domain.faults import Category
from portal.domain.health import Level
from portal.domain.shared_keys import KeyView, state_of

NOW = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(minutes=8), NOW - timedelta(minutes=8)


def key(cooldown: Cooldown = READY, tested: Category | None = None, age: int = 0) -> KeyView:
    return KeyView(
        id=uuid4(),
        provider_id=uuid4(),
        position=0,
        fingerprint="4f9a01c2",
        destination="https://api.openai.com:443",
        master_key_id="1",
        created_at=NOW - timedelta(days=age),
        created_by="Ada Marsh",
        cooldown=cooldown,
        tested=tested,
        tested_at=EARLIER if tested else None,
    )


def shown(one: KeyView, *, opens: bool = True, serves: bool = True) -> tuple[str, str, str]:
    state = state_of(one, opens=opens, serves=serves, now=NOW)
    return state.level, state.word, state.remark


@pytest.mark.parametrize(
    ("one", "serves", "level", "word", "remark"),
    [
        (key(), True, Level.UNKNOWN, "Never tested", "serves untested"),
        (key(), False, Level.UNKNOWN, "Never tested", "waits untested"),
        (key(tested=Category.OK), True, Level.GOOD, "In use", "tested"),
        (key(tested=Category.OK), False, Level.GOOD, "Waits", "tested"),
        (key(tested=Category.TIMEOUT), True, Level.BAD, "No answer in time", "tested"),
        (key(Cooldown(1, LATER, "auth")), False, Level.BAD, "Key refused", "paused until"),
        (key(Cooldown(1, LATER, "auth")), True, Level.BAD, "Key refused", "tried again with the next request"),
        (key(Cooldown(1, EARLIER, "auth")), True, Level.BAD, "Key refused", "tried again with the next request"),
        (key(Cooldown(1, LATER, "rate_limit", LATER)), True, Level.ATTENTION, "Throttled", "takes no more before"),
        (key(Cooldown(1, LATER, "rate_limit")), False, Level.ATTENTION, "Throttled", "paused until"),
        (key(Cooldown(2, LATER, "billing"), Category.OK), False, Level.BAD, "Out of credit", "paused until"),
    ],
)
def test_a_key_has_a_state(one: KeyView, serves: bool, level: Level, word: str, remark: str):
    assert shown(one, serves=serves) == (level, word, remark)


def test_a_key_that_does_not_decrypt_says_only_that():
    assert shown(key(Cooldown(1, LATER, "auth"), Category.OK), opens=False)[:2] == (Level.BAD, "Enter it again")


def test_a_reminder_comes_after_as_many_days_as_its_provider_says():
    assert not key(age=90).is_old(NOW)
    assert key(age=91).is_old(NOW)
    assert key(age=31).is_old(NOW, 30)
    assert not key(age=4_000).is_old(NOW, 0), "0 never reminds"
