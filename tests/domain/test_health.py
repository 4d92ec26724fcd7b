"""Verdicts: words, levels, and whose verdict a check may colour."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.faults import OF_THE_MODEL, Category
from portal.domain.health import (
    CHANGED_SINCE,
    NEEDS_KEY,
    NEEDS_KEY_AGAIN,
    NEVER_TESTED,
    OFF,
    VERDICTS,
    Credential,
    Level,
    NewestCheck,
    Outcome,
    current_verdict,
    is_proven,
    outcome_of,
    speaks_for_provider,
    worst,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHARED = Credential(True, "shared", "4f9a01c2")


def check(category: Category = Category.OK, **changes: object) -> NewestCheck:
    facts = {"at": NOON, "category": category, "key_source": "shared", "fingerprint": "4f9a01c2"} | changes
    return NewestCheck(**facts)  # type: ignore[arg-type]


def verdict(newest: NewestCheck | None, credential: Credential = SHARED, *, enabled: bool = True) -> object:
    return current_verdict(enabled=enabled, credential=credential, proven_from=NOON, newest=newest)


def test_every_category_has_a_word_and_a_level():
    assert set(VERDICTS) == set(Category)
    assert [category for category, verdict in VERDICTS.items() if verdict.level is Level.GOOD] == [Category.OK]


def test_the_newest_check_is_the_verdict():
    assert verdict(check()) == VERDICTS[Category.OK]
    assert verdict(check(Category.AUTH)) == VERDICTS[Category.AUTH]


@pytest.mark.parametrize(
    "stale",
    [
        None,
        check(at=NOON - timedelta(microseconds=1)),
        check(fingerprint="00000000"),
        check(key_source="environment"),
        check(key_source="none", fingerprint=""),
    ],
)
def test_an_untested_key_is_never_green(stale: NewestCheck | None):
    assert verdict(stale) == (NEVER_TESTED if stale is None else CHANGED_SINCE)


def test_a_provider_that_is_off_is_off_whatever_was_found():
    assert verdict(check(), enabled=False) == OFF
    assert verdict(None, Credential(False), enabled=False) == OFF


def test_a_provider_without_a_usable_key_needs_one_however_green_it_was():
    assert verdict(check(), Credential(False)) == NEEDS_KEY
    assert verdict(check(), Credential(False, needs_again=True)) == NEEDS_KEY_AGAIN


@pytest.mark.parametrize("source", ["shared", "environment", "none"])
def test_checks_with_the_providers_own_keys_count_for_it(source: str):
    assert speaks_for_provider(Category.OK, saved=True, key_source=source)
    assert speaks_for_provider(Category.TIMEOUT, saved=True, key_source=source)


@pytest.mark.parametrize("source", ["typed", "personal"])
def test_a_typed_or_personal_key_counts_only_for_itself(source: str):
    assert not speaks_for_provider(Category.OK, saved=True, key_source=source)


def test_an_unsaved_form_counts_only_for_itself():
    assert not speaks_for_provider(Category.OK, saved=False, key_source="shared")


@pytest.mark.parametrize("category", sorted(OF_THE_MODEL))
def test_a_fault_of_the_model_is_not_held_against_the_provider(category: Category):
    assert not speaks_for_provider(category, saved=True, key_source="shared")


def test_a_list_that_may_not_be_read_is_not_held_against_the_provider():
    assert not speaks_for_provider(Category.PERMISSION, saved=True, key_source="shared", listing=True)
    assert speaks_for_provider(Category.PERMISSION, saved=True, key_source="shared")
    assert speaks_for_provider(Category.AUTH, saved=True, key_source="shared", listing=True)
    assert is_proven(Category.PERMISSION, by_this=True, before=True, listing=True)
    assert not is_proven(Category.PERMISSION, by_this=True, before=True)


def test_what_was_never_sent_is_not_testable_and_counts_for_nobody():
    for category in (Category.NEED_KEY, Category.NEED_URL, Category.NEED_MODEL):
        assert outcome_of(category) is Outcome.NOT_TESTABLE
        assert not speaks_for_provider(category, saved=True, key_source="none")
    assert outcome_of(Category.OK) is Outcome.OK
    assert outcome_of(Category.DNS) is Outcome.FAILED


def test_a_day_is_as_loud_as_its_worst_check():
    assert worst({Level.GOOD, Level.BAD, Level.ATTENTION}) is Level.BAD
    assert worst({Level.GOOD, Level.ATTENTION}) is Level.ATTENTION
    assert worst(set()) is Level.UNKNOWN


def test_a_key_that_fits_no_longer_is_named_until_a_test_without_it_gives_a_verdict():
    without = Credential(True, "none", needs_again=True)
    assert verdict(check(), without) == NEEDS_KEY_AGAIN
    assert verdict(check(key_source="none", fingerprint=""), without) == VERDICTS[Category.OK]
