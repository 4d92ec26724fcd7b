"""Server-sent events, cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.dialects.framing import sse
from portal.dialects.framing.sse import NOTHING_YET, Event, collect, events, lines, peek
from portal.domain.faults import Category, Fault, UpstreamError


def test_events_are_separated_from_comments_ids_and_unknown_fields():
    stream = (
        b"\xef\xbb\xbf: hello\n\nevent: a\nid: 3\nretry: 9\nodd\ndata: one\ndata:two\n\ndata: three\n\n\nevent: b\n\n"
    )
    assert list(events([stream])) == [Event("a", "one\ntwo"), Event("", "three")]


def test_the_last_event_needs_no_blank_line():
    assert list(events([b"data: x"])) == [Event("", "x")]


def test_only_line_ends_end_lines():
    assert list(events(["data: a\u2028b\x85c\x0bd\n\n".encode()])) == [Event("", "a\u2028b\x85c\x0bd")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_every_line_end_counts_however_the_bytes_are_cut(end, size):
    stream = end.join([b"event: a", b"data: 1", b"", b"data: \xc3\xa9", b"", b""])
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert list(events(chunks)) == [Event("a", "1"), Event("", "é")]


@given(some.lists(some.sampled_from([b"data: x", b":c", b"\n", b"\r", b"\r\n", b"", b"a", b"event: e"]), max_size=30))
def test_cutting_never_changes_what_is_read(parts):
    whole = b"".join(parts)
    read = [event for event in events([whole]) if event is not NOTHING_YET]
    assert read == list(events([whole[at : at + 1] for at in range(len(whole))]))
    assert read == [event for event in events(parts) if event is not NOTHING_YET]


def test_an_empty_chunk_is_told_of_between_two_events():
    assert list(events([b"data: 1\n\n", b"", b"data: 2\n\n"])) == [Event("", "1"), NOTHING_YET, Event("", "2")]


def test_a_line_is_given_as_soon_as_it_is_whole():
    def chunks():
        yield b"data: 1\r"
        raise AssertionError("waited for more")

    assert next(lines(chunks())) == b"data: 1"


def test_a_line_or_an_event_or_an_answer_without_an_end_is_given_up(endless):
    forever = endless
    for read in (lambda: list(events(forever(b"x" * 1000))), lambda: list(events(forever(b"data: y\n" * 100)))):
        with pytest.raises(UpstreamError) as caught:
            read()
        assert caught.value.fault.category is Category.SHAPE
    with pytest.raises(UpstreamError):
        collect(forever(b"z" * 1000))


@pytest.fixture
def endless():
    def forever(chunk: bytes):
        for _ in range(sse.LONGEST_EVENT * 2 // len(chunk)):
            yield chunk

    return forever


@pytest.mark.parametrize(
    ("chunks", "is_sse", "empty"),
    [
        ([b"data: x\n\n"], True, False),
        ([b"", b"\n", b"ev", b"ent: x\n\n"], True, False),
        ([b":\n\n"], True, False),
        ([b'{"a":1}'], False, False),
        ([b"<html>"], False, False),
        ([b" \r\n", b""], False, True),
        ([], False, True),
    ],
)
def test_a_glance_tells_events_from_anything_else_and_loses_no_word(chunks, is_sse, empty):
    found, nothing, again = peek(chunks)
    assert (found, nothing, b"".join(again)) == (is_sse, empty, b"".join(chunks).lstrip())


def test_any_number_of_blanks_may_stand_before_the_first_event():
    found, nothing, again = peek(iter([b"\n"] * 5_000 + [b"data: x\n\n"]))
    assert (found, nothing, list(events(again))) == (True, False, [Event("", "x")])


def test_values_that_are_whole_are_events_though_no_blank_line_parts_them():
    stream = b'data: {"a":1}\ndata: {"b":\ndata: 2}\ndata: [DONE]\n\n'
    assert [event.data for event in events([stream])] == ['{"a":1}', '{"b":\n2}', "[DONE]"]


def test_the_name_of_the_next_event_is_not_given_to_the_one_before():
    stream = b'event: a\ndata: {"a":1}\nevent: b\ndata: {"b":2}\n\n'
    assert list(events([stream])) == [Event("a", '{"a":1}'), Event("b", '{"b":2}')]


def test_blank_data_is_nothing():
    assert list(events([b"event: ping\ndata:\n\ndata: \n\ndata: x\n\n"])) == [Event("", "x")]


@pytest.mark.parametrize("error", [b'{"error":{"code":400}}\n\n', b'{\n  "error": {\n    "code": 400\n  }\n}\n'])
def test_json_without_a_fields_name_is_an_event_of_its_own(error):
    first, second = events([b"data: x\n\n", error])
    assert first == Event("", "x")
    assert '"code"' in second.data


def test_before_a_fault_comes_what_was_whole():
    def chunks(last: bytes):
        yield last
        raise UpstreamError(Fault(Category.CONNECT))

    whole = events(chunks(b'data: {"a":1}'))
    assert next(whole) == Event("", '{"a":1}')
    for read in (whole, events(chunks(b'data: {"a":'))):
        with pytest.raises(UpstreamError):
            next(read)
