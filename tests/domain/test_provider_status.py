"""How a provider stands: a table of what its last check says and what chats learned since."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from portal.domain.cooldown import READY, Cooldown
from portal.domain.faults import Category
from portal.domain.health import (
    NEEDS_KEY,
    NEVER_TESTED,
    OFF,
    Credential,
    Level,
    NewestCheck,
    PooledKey,
    verdict_of,
)
from portal.domain.provider_status import Failing, Learned, Status, disproves, status_of, told

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PROVEN_FROM = NOW - timedelta(days=1)
CHECKED_AT = NOW - 10 * MINUTE
FIRST, SECOND = UUID(int=1), UUID(int=2)

REFUSED = Cooldown(1, NOW + MINUTE, "auth", since=NOW - 3 * MINUTE)
THROTTLED = Cooldown(1, NOW + MINUTE, "rate_limit", since=NOW - MINUTE)


def pool(*cooldowns: Cooldown) -> Credential:
    keys = tuple(PooledKey(UUID(int=n), f"{n:08d}", cooldown) for n, cooldown in enumerate(cooldowns, 1))
    return Credential(True, "shared", keys[0].fingerprint, pool=keys)


ENVIRONMENT = Credential(True, "environment", "4f9a01c2")


def met(category: Category, minutes_ago: int = 5, **more: object) -> Failing:
    """A failure that began so many minutes ago, with the first shared key unless told otherwise."""
    at = NOW - minutes_ago * MINUTE
    given = {"key_source": "shared", "key_id": FIRST, "fingerprint": "00000001"} | more
    return Failing(category, at, at, **given)  # type: ignore[arg-type]


def checked(category: Category) -> NewestCheck:
    return NewestCheck(CHECKED_AT, category, "shared", "00000001")


GOOD = checked(Category.OK)


def stands(credential: Credential, remembered: Failing | None, check: NewestCheck | None = GOOD) -> Status:
    verdict = verdict_of(check.category) if check else NEVER_TESTED
    return status_of(verdict, check, credential, remembered, PROVEN_FROM, NOW)


def shown(status: Status) -> tuple[Level, str, bool]:
    return status.verdict.level, status.verdict.word, status.by_chats


@pytest.mark.parametrize(
    ("credential", "remembered", "expected"),
    [
        (pool(READY), None, (Level.GOOD, "OK", False)),
        (pool(REFUSED), met(Category.AUTH), (Level.BAD, "Key refused", True)),
        (pool(REFUSED), None, (Level.BAD, "Key refused", True)),
        (pool(READY), met(Category.BILLING), (Level.BAD, "Out of credit", True)),
        (pool(REFUSED, READY), None, (Level.ATTENTION, "1 of 2 keys refused", True)),
        (pool(READY, READY), met(Category.BILLING), (Level.ATTENTION, "1 of 2 keys out of credit", True)),
        (pool(READY, REFUSED), None, (Level.GOOD, "OK", False)),
        (pool(REFUSED, REFUSED, READY), None, (Level.ATTENTION, "2 of 3 keys refused", True)),
        (pool(REFUSED, REFUSED), met(Category.AUTH), (Level.BAD, "Key refused", True)),
        (pool(THROTTLED), None, (Level.ATTENTION, "Throttled", True)),
        (pool(replace(THROTTLED, until=NOW - MINUTE)), None, (Level.GOOD, "OK", False)),
        (pool(replace(REFUSED, until=NOW - MINUTE)), None, (Level.BAD, "Key refused", True)),
        (pool(READY), met(Category.CONNECT), (Level.BAD, "Not reachable", True)),
        (pool(READY, READY), met(Category.SERVER), (Level.BAD, "Provider trouble", True)),
        (pool(READY), met(Category.CONNECT, answered_at=NOW), (Level.GOOD, "OK", False)),
        (pool(READY), met(Category.AUTH, key_id=uuid4()), (Level.GOOD, "OK", False)),
        (pool(READY), met(Category.CONNECT, minutes_ago=3000), (Level.GOOD, "OK", False)),
        (pool(READY), met(Category.RATE_LIMIT, until=NOW - MINUTE), (Level.GOOD, "OK", False)),
        (
            ENVIRONMENT,
            met(Category.AUTH, key_source="environment", fingerprint="4f9a01c2"),
            (Level.BAD, "Key refused", True),
        ),
        (ENVIRONMENT, met(Category.AUTH, key_source="environment", fingerprint="ffffffff"), (Level.GOOD, "OK", False)),
        (ENVIRONMENT, met(Category.AUTH), (Level.GOOD, "OK", False)),
    ],
)
def test_after_a_good_check(credential, remembered, expected):
    assert shown(stands(credential, remembered)) == expected


@pytest.mark.parametrize(
    ("check", "credential", "remembered", "expected"),
    [
        (None, pool(REFUSED), met(Category.AUTH), (Level.BAD, "Key refused", True)),
        (None, pool(READY), None, (Level.UNKNOWN, "Never tested", False)),
        (None, pool(READY), met(Category.AUTH, answered_at=NOW), (Level.UNKNOWN, "Never tested", False)),
        (checked(Category.AUTH), pool(REFUSED), met(Category.AUTH), (Level.BAD, "Key refused", False)),
        (checked(Category.CONNECT), pool(REFUSED), met(Category.AUTH), (Level.BAD, "Key refused", True)),
        (checked(Category.CONNECT), pool(REFUSED), met(Category.AUTH, 30), (Level.BAD, "Not reachable", False)),
        (checked(Category.AUTH), pool(REFUSED, READY), None, (Level.BAD, "Key refused", False)),
        (checked(Category.SERVER), pool(READY), met(Category.SERVER, answered_at=NOW), (Level.GOOD, "OK", True)),
        (
            checked(Category.SERVER),
            pool(READY),
            met(Category.SERVER, 20, answered_at=NOW - 15 * MINUTE),
            (Level.BAD, "Provider trouble", False),
        ),
    ],
)
def test_beside_other_checks(check, credential, remembered, expected):
    assert shown(stands(credential, remembered, check)) == expected


@pytest.mark.parametrize("verdict", [OFF, NEEDS_KEY])
def test_what_serves_nobody_is_not_said_to_fail(verdict):
    credential = pool(REFUSED) if verdict is OFF else Credential(False)
    assert status_of(verdict, None, credential, met(Category.AUTH), PROVEN_FROM, NOW) == Status(verdict)


def test_since_is_when_the_first_of_the_failures_was():
    assert stands(pool(REFUSED), met(Category.AUTH, 7)).learned == Learned(
        Category.AUTH, NOW - 7 * MINUTE, "", 1, 1, "00000001"
    )
    partly = stands(pool(REFUSED, READY), None).learned
    assert partly is not None
    assert (partly.since, partly.partly) == (NOW - 3 * MINUTE, True)


def test_a_sentence_says_which_key():
    assert told(Learned(Category.AUTH, NOW, keys=1, failing=1, fingerprint="4f9a01c2"), "Acme") == (
        "Acme refuses the key 4f9a 01c2."
    )
    assert told(Learned(Category.AUTH, NOW, keys=2, failing=2, fingerprint="4f9a01c2"), "Acme") == (
        "Acme refuses each of its keys."
    )
    assert told(Learned(Category.AUTH, NOW, keys=2, failing=1), "Acme") == "1 of the 2 keys of Acme is refused."


@pytest.mark.parametrize(
    ("category", "listing", "shows_key", "expected"),
    [
        (Category.AUTH, False, True, True),
        (Category.AUTH, True, True, True),
        (Category.AUTH, True, False, False),
        (Category.BILLING, True, True, False),
        (Category.CONNECT, True, False, True),
        (Category.SERVER, True, True, False),
        (Category.SERVER, False, True, True),
    ],
)
def test_a_list_of_models_takes_back_only_what_it_shows(category, listing, shows_key, expected):
    assert disproves(category, lists=listing, shows_key=shows_key) is expected
