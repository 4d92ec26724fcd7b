"""What embedding applications are called, and what the claims of their tokens must say: rules without any key."""

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.access import LONGEST, matcher, reaches
from portal.domain.application_recipes import Signing, lines_for
from portal.domain.applications import (
    LEEWAY,
    LONGEST_LIFE,
    Claims,
    Environment,
    Refused,
    environments_from_text,
    environments_text,
    is_jwt,
    may_hold_private,
    name_fault,
    read_claims,
)
from portal.domain.typed_text import looks_secret

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
PLACES = (Environment("production", "editor-prod"), Environment("staging", "editor-stage"))


def payload(**more):
    usual = {
        "aud": "editor-prod",
        "sub": "user-7",
        "exp": SECONDS + 600,
        "auth": {"ai": {"permissions": ["ai:models:acme:*"]}},
    }
    return usual | more


def read(**more):
    return read_claims(payload(**more), "editor", PLACES, NOW)


def permitted(*patterns):
    found = read(auth={"ai": {"permissions": list(patterns)}})
    return found if isinstance(found, Refused) else found.patterns


def test_what_is_right_is_read():
    assert read() == Claims("user-7", "production", ("acme:*",))
    assert read(aud=["other", "editor-stage"], iss="editor").environment == "staging"


def test_patterns_are_read_as_roles_write_them_and_others_permissions_say_nothing():
    assert permitted("ai:models:*") == ("*:*",)
    assert permitted("ai:models:acme", "ai:models:acme:*") == ("acme:*",)
    assert permitted("ai:models:local:qwen3:0.6b") == ("local:qwen3:0.6b",)
    assert permitted("ai:conversations:*", "ai:admin", "*", "acme:*") == ()
    assert permitted("ai:models:Acme:*") is Refused.PATTERN_ODD


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", ["1", [], {}, True, float("nan"), float("inf")])
def test_a_time_that_is_no_number_is_refused_for_what_it_is(name, value):
    assert read(**{name: value}) is Refused[f"{name.upper()}_ODD"]


def test_the_leeway_is_exact():
    leeway, life = int(LEEWAY.total_seconds()), int(LONGEST_LIFE.total_seconds())
    assert read(exp=SECONDS - leeway) is Refused.EXPIRED
    assert isinstance(read(exp=SECONDS - leeway + 1), Claims)
    assert read(nbf=SECONDS + leeway + 1) is Refused.NOT_YET
    assert isinstance(read(nbf=SECONDS + leeway, iat=SECONDS + leeway), Claims)
    assert read(iat=SECONDS + leeway + 1) is Refused.IAT_LATER
    assert isinstance(read(exp=SECONDS + life + leeway), Claims)
    assert read(exp=SECONDS + life + leeway + 1) is Refused.LIFE
    assert read(exp=SECONDS + 10, iat=SECONDS - life - leeway) is Refused.LIFE


def test_every_reason_says_something_else():
    assert len({reason.value for reason in Refused}) == len(Refused)


def test_the_shape_of_a_token_is_told_from_a_persons():
    assert is_jwt("eyJhbGciOiJub25lIn0.e30.")
    for other in ("", "llmp_" + "a" * 40, "eyJ", "eyJ.eyJ", "a.b.c", "eyJh.e30.c.d", "eyJh.e30.c\n"):
        assert not is_jwt(other), other


def test_a_secret_is_known_for_one_wherever_it_is_typed():
    assert looks_secret("llms_" + "a1B2" * 10)


NAMES, AUDIENCES = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), st.from_regex(r"[!-~]{1,8}", fullmatch=True)
PAIRS = st.lists(
    st.tuples(NAMES, AUDIENCES), min_size=1, max_size=10, unique_by=(lambda pair: pair[0], lambda pair: pair[1])
)


@given(PAIRS)
def test_environments_are_read_back_as_they_were_written(pairs):
    places = tuple(Environment(*pair) for pair in pairs)
    assert environments_from_text(environments_text(places)) == (places, None)


@pytest.mark.parametrize(
    ("name", "fits"),
    [("editor", True), ("a-1", True), ("", False), ("-a", False), ("a--b", False), ("A", False), ("é", False)],
)
def test_names_are_small_letters_digits_and_hyphens(name, fits):
    assert (name_fault(name) is None) is fits


def test_what_may_be_a_private_key_is_taken_for_one():
    public = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
    assert not may_hold_private(public)
    assert not may_hold_private('{"kty": "EC", "crv": "P-256", "x": "d", "y": "k"}')
    for typed in (public.replace("PUBLIC", "PRIVATE"), "MIIB", '{"kty":"EC","d":"x"}', '{"kty": "oct", "k" : "x"}'):
        assert may_hold_private(typed), typed


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256"])
def test_the_lines_hold_what_is_told_and_compile(algorithm):
    lines = {each.key: each for each in lines_for(Signing("https://ai.test", "editor", "0a", algorithm, 'a"b'))}
    compile(lines["python"].text, "recipe", "exec")
    for key in ("python", "node"):
        assert re.search(r'a\\"b', lines[key].text), "what an administrator typed is quoted"
        assert algorithm in lines[key].text


LETTERS = st.text("ab*:", max_size=12)


@given(st.text("ab:", max_size=12), LETTERS)
def test_asterisks_stand_for_whatever_a_shell_would_let_them(name, pattern):
    assert (matcher((pattern,)).fullmatch(name) is not None) is fnmatchcase(name, pattern)


def test_many_asterisks_take_no_longer_than_few():
    """Else this would not end: so many places could each be anywhere."""
    pattern = ("a*" * (LONGEST // 2))[:-1]
    assert not reaches([f"acme:{pattern}b"], "acme", "a" * 1000)
    assert reaches([f"acme:{pattern}"], "acme", "a" * 1000)
