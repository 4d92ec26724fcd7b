"""Which headers an administrator may add, and which of them only encrypted."""

import pytest

from portal.domain.provider_headers import MOST, REFUSED, TypedHeader, faults_of, may_be_shown


def fault(name: str, value: str = "x", *, secret: bool = False, kept: tuple[str, ...] = ()) -> str:
    return faults_of([TypedHeader(name, value, secret)], frozenset(kept)).get(0, "")


@pytest.mark.parametrize("name", ["X-Tenant", "cf-access-client-id", "X_Odd.but~fine"])
def test_plain_headers_are_taken(name: str):
    assert fault(name) == ""


@pytest.mark.parametrize("name", ["Authorization", "PROXY-AUTHORIZATION", "cookie", "X-Authorization"])
def test_a_key_is_no_header(name: str):
    assert "Enter it as the key above" in fault(name)
    assert "Enter it as the key above" in fault(name, secret=True)


@pytest.mark.parametrize("name", ["Connection", "Transfer-Encoding", "Host", "Content-Length", "TE", "Upgrade"])
def test_the_connections_own_headers_are_refused(name: str):
    assert name.lower() in REFUSED
    assert "connection itself" in fault(name)


@pytest.mark.parametrize("name", ["X Tenant", "X-Tenant:", "X-Tenänt", "X-\r\nEvil", "x" * 101])
def test_a_name_that_no_header_has_is_refused(name: str):
    assert "letters, digits and hyphens" in fault(name)


def test_what_looks_like_a_secret_is_only_taken_as_one():
    for name in ("X-Api-Key", "x-auth-token", "CF-Access-Client-Secret"):
        assert "Tick “secret”" in fault(name)
        assert fault(name, "shhh", secret=True) == ""


@pytest.mark.parametrize("value", ["a\r\nb", "naïve", "\x00", ""])
def test_a_value_that_cannot_be_sent_is_refused(value: str):
    assert fault("X-Tenant", value)
    assert fault("X-Tenant", value, secret=True)


def test_a_blank_secret_keeps_what_is_stored_under_its_name_alone():
    assert fault("X-Pass", "", secret=True, kept=("x-pass",)) == ""
    assert "Enter the secret value" in fault("X-Pass", "", secret=True)
    assert "value" in fault("X-Tenant", "", kept=("x-tenant",))


def test_a_sentence_never_repeats_a_secret():
    assert "hunter2" not in fault("X-Pass", " hunter2 ", secret=True)
    assert "value begins or ends" in fault("X-Pass", " hunter2 ", secret=True)
    assert "hunter2" not in repr(TypedHeader("X-Pass", "hunter2", True))


def test_no_header_stands_twice_and_not_too_many():
    twice = faults_of([TypedHeader("X-A", "1"), TypedHeader("x-a", "2")])
    assert list(twice) == [1]
    many = faults_of([TypedHeader(f"X-{place}", "1") for place in range(MOST + 2)])
    assert list(many) == [MOST, MOST + 1]


@pytest.mark.parametrize(
    "value",
    [
        "sk-0123456789abcdef0123456789",
        "Bearer sk-0123456789abcdef0123",
        "Basic dXNlcjpwYXNz",
        "bearer x",
        "k=gsk_0123456789abcdef01",
    ],
)
def test_a_key_is_only_taken_as_a_secret_value(value: str):
    said = fault("X-Tenant", value)
    assert "Tick “secret”" in said
    assert value not in said
    assert not may_be_shown(TypedHeader("X-Tenant", value))
    assert fault("X-Tenant", value, secret=True) == ""


@pytest.mark.parametrize("secret", [True, False])
def test_a_key_is_no_name_of_a_header_and_never_repeated(secret: bool):
    said = fault("sk-0123456789abcdef0123456789", "x", secret=secret)
    assert "A key is no name of a header" in said
    assert "0123456789" not in said
