"""How a token's value is spelled, what is wrong with one, and what its dates say."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import access_tokens as tokens
from portal.domain.access_tokens import Level, Malformed
from portal.domain.permissions import GRANTABLE, Permission
from portal.domain.typed_text import looks_secret

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RANDOM = "0Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh8Ii9Jj0Kk1"
VALUE = tokens.spell(RANDOM)

chances = st.text(tokens.ALPHABET, min_size=tokens.RANDOM, max_size=tokens.RANDOM)


def test_a_value_is_spelled_for_scanners_of_leaked_secrets():
    assert f"llmp_{RANDOM}2bpggY" == VALUE
    assert looks_secret(f"token = '{VALUE}'")


@given(chances)
def test_whatever_is_spelled_is_a_value(random: str):
    value = tokens.spell(random)
    assert tokens.fault(value) is None
    assert len(value) == 45
    assert value.startswith(tokens.prefix_of(value))


@given(chances, st.data())
def test_one_wrong_sign_is_known_without_a_database(random: str, data: st.DataObject):
    value = tokens.spell(random)
    place = data.draw(st.integers(len(tokens.BEGINS), len(value) - 1))
    other = data.draw(st.sampled_from([sign for sign in tokens.ALPHABET if sign != value[place]]))
    assert tokens.fault(value[:place] + other + value[place + 1 :]) is Malformed.MISTYPED


@given(st.text())
def test_any_text_is_judged(text: str):
    assert tokens.fault(text) in (Malformed.ODD, Malformed.MISTYPED)


@pytest.mark.parametrize("odd", [chr(number) for number in range(256)] + ["\ud800", "٣", "Ａ", "é"])
def test_no_odd_sign_passes_anywhere_in_a_value(odd: str):
    inside = odd in string.ascii_letters + string.digits and odd.isascii()
    for place in (0, 3, 5, 20, len(VALUE) - 1):
        assert tokens.fault(VALUE[:place] + odd + VALUE[place + 1 :]) or VALUE[place] == odd
        if not inside:
            assert tokens.fault(VALUE[:place] + odd + VALUE[place:]) is Malformed.ODD
    assert tokens.fault(VALUE + odd) is Malformed.ODD
    assert tokens.fault(odd + VALUE) is Malformed.ODD


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "level", "word", "until"),
    [
        (None, None, Level.ACTIVE, "Active", None),
        (NOW + 90 * 24 * HOUR, None, Level.ACTIVE, "Active", NOW + 90 * 24 * HOUR),
        (NOW + HOUR, None, Level.ENDS_SOON, "Expires soon", NOW + HOUR),
        (NOW, None, Level.ENDED, "Expired", NOW),
        (NOW - HOUR, None, Level.ENDED, "Expired", NOW - HOUR),
        (NOW + HOUR, NOW - HOUR, Level.ENDED, "Revoked", NOW - HOUR),
        (NOW - HOUR, NOW - 2 * HOUR, Level.ENDED, "Revoked", NOW - 2 * HOUR),
    ],
)
def test_the_status_says_whether_it_works_and_until_when(expires_at, revoked_at, level, word, until):
    assert tokens.status(NOW, expires_at, revoked_at) == tokens.Status(level, word, until)


def test_a_token_works_until_its_end_and_not_at_it():
    assert tokens.works(NOW, None)
    assert tokens.works(NOW, NOW + timedelta(microseconds=1))
    assert not tokens.works(NOW, NOW)


def test_the_sooner_of_two_ends():
    assert tokens.sooner(None, None) is None
    assert tokens.sooner(NOW, None) == tokens.sooner(None, NOW) == tokens.sooner(NOW + HOUR, NOW) == NOW


@given(st.frozensets(st.sampled_from(sorted(GRANTABLE))))
def test_scopes_come_back_as_they_were_stored(scopes: frozenset[Permission]):
    assert tokens.scopes_of(tokens.stored_scopes(scopes)) == scopes


def test_a_scope_of_another_version_is_none():
    assert tokens.scopes_of("chat.use chat.fly public signed_in") == {Permission.CHAT}


def test_only_chatting_is_no_power_over_others():
    assert tokens.only_chats(["chat.use"])
    assert not tokens.only_chats(["chat.use", "personal_key.use"])


@pytest.mark.parametrize(
    ("typed", "stored", "fault"),
    [
        ("  CI on   the build server ", "CI on the build server", None),
        ("", "", "Type a name"),
        ("x" * 81, "x" * 81, "at most 80"),
        ("a\0b", "a\0b", "cannot be shown"),
        (VALUE, "", "looks like a key"),
    ],
)
def test_names(typed: str, stored: str, fault: str | None):
    name, said = tokens.read_name(typed)
    assert name == stored
    assert said is None if fault is None else fault in (said or "")
