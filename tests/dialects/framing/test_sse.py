"""Server-sent events, cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from portal.dialects.framing import sse
from portal.dialects.framing.sse import Event, collect, events, lines, peek
from portal.domain.faults import Category, UpstreamError


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
    assert list(events([whole])) == list(events([whole[at : at + 1] for at in range(len(whole))]))
    assert list(events([whole])) == list(events(parts))


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
def test_a_glance_tells_events_from_anything_else_and_loses_nothing(chunks, is_sse, empty):
    found, nothing, again = peek(chunks)
    assert (found, nothing, b"".join(again)) == (is_sse, empty, b"".join(chunks))
