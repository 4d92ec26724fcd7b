"""Who asked, in headers: which names they may bear, and that every name of a person can be sent and read again."""

from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.who_asked import Asker, faults_of, told, written

ID = UUID("01234567-89ab-cdef-0123-456789abcdef")
ALL = {"id": "X-Id", "name": "X-Name", "email": "X-Email"}


def test_only_what_was_asked_for_is_written():
    uma = Asker(ID, "Uma Thorsen", "uma@example.org")
    assert written({}, uma) == {}
    assert written({"email": "X-Who"}, uma) == {"X-Who": "uma@example.org"}
    assert written(ALL, uma) == {"X-Id": str(ID), "X-Name": "Uma Thorsen", "X-Email": "uma@example.org"}


def test_what_is_not_ascii_is_percent_encoded_as_utf_8():
    assert written({"name": "X-Name"}, Asker(ID, "Zoë 100 %", ""))["X-Name"] == "Zo%C3%AB 100 %25"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_every_name_fits_a_header_and_can_be_read_again(name):
    value = written({"name": "X-Name"}, Asker(ID, name, ""))["X-Name"]
    assert value.isascii()
    assert value.isprintable()
    assert unquote(value) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "X Who", "X-Who:", "X-Who\r\nX-Evil", "é", "X-" + "a" * 100),
        *("Authorization", "Cookie", "Host", "x-api-key", "anthropic-version", "X-Amz-Date"),
        "sk-proj-0123456789abcdef0123456789abcdef",
    ],
)
def test_a_header_that_means_something_else_is_refused(name):
    assert faults_of({"name": name}).keys() == {"name"}


def test_two_headers_of_one_name_are_refused():
    assert faults_of({"id": "X-Who", "name": "x-who"}).keys() == {"name"}
    assert faults_of({"id": "X-Tenant"}, ["x-tenant"]).keys() == {"id"}
    assert faults_of(ALL, ["X-Tenant"]) == {}


def test_it_is_told_in_words():
    assert told({}) == ""
    assert told({"email": "X-Who", "id": "X-Id"}) == "User ID as X-Id, E-mail as X-Who"
