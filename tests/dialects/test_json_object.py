"""A JSON object whose top level is changed: what is not named stays as it was sent, to the byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.dialects.json_object import JsonObject, NotAnObject

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def test_every_other_byte_stays_as_it_was_sent():
    sent = b' {"model" : "team/fast", "x": 1.0e2,\n"big":123456789012345678901, "u":"\\u00e9\xc3\xa9"} '
    assert (
        JsonObject(sent).changed({"model": "gpt-4.1"})
        == b' {"model" : "gpt-4.1", "x": 1.0e2,\n"big":123456789012345678901, "u":"\\u00e9\xc3\xa9"} '
    )


def test_what_is_not_there_is_added():
    assert JsonObject(b'{"a":1}').changed({"b": {"c": True}}) == b'{"b":{"c":true},"a":1}'
    assert JsonObject(b"{ }").changed({"b": 2}) == b'{"b":2 }'


def test_a_name_that_comes_twice_is_changed_twice():
    assert JsonObject(b'{"model":"a","model":"b"}').values["model"] == "b"
    assert JsonObject(b'{"model":"a","model":"b"}').changed({"model": "c"}) == b'{"model":"c","model":"c"}'


def test_values_are_left_out_by_name():
    assert JsonObject(b'{"a":1, "b":[2] ,"c":3}').changed({"c": 4}, without=frozenset("b")) == b'{"a":1,"c":4}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"{}"',
        b"{",
        b'{"a"}',
        b'{"a":}',
        b'{"a":1,}',
        b"{a:1}",
        b'{"a":1} x',
        b"\xff{}",
        b'{"a":1 "b":2}',
    ],
)
def test_what_is_no_object_is_refused(body):
    with pytest.raises(NotAnObject):
        JsonObject(body)


@given(st.dictionaries(st.text(), VALUES), st.dictionaries(st.text(max_size=3), VALUES, max_size=3), st.booleans())
def test_it_reads_and_changes_as_a_reading_of_the_whole_would(value, changes, ascii):
    found = JsonObject(json.dumps(value, ensure_ascii=ascii).encode("utf-8", "surrogatepass"))
    assert found.values == value
    assert json.loads(found.changed(changes)) == value | changes
