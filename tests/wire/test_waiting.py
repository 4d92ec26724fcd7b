"""A body is read to the byte alike wherever it is cut on its way and however its chunks are written, and nobody waits
for what is there."""

import socket
from contextlib import closing, contextmanager

import pytest
from urllib3 import HTTPResponse
from urllib3.exceptions import ReadTimeoutError

from portal.wire.waiting import PatientResponse, chunks_ahead, has_arrived
from tests.upstream import Upstream
from tests.wire.sending import opened, wire_to

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"3\r\nabc\r\n1\r\n\n\r\nA\r\n0123456789\r\n0\r\n\r\n"
ODD = b"3;name=value\r\nabc\r\n0001\r\n\n\r\n0a \r\n0123456789\r\n000\r\nTrailer: x\r\n\r\n"
SAID = b"abc\n0123456789"


@pytest.fixture
def ends():
    """The end of a connection that is read from, and the other one."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    with ours, theirs:
        yield ours, theirs


@contextmanager
def answer(ours):
    response = PatientResponse(ours, method="POST")
    response.begin()
    with closing(HTTPResponse(body=response, preload_content=False)) as raw:
        yield raw


def all_that_is_here(raw, seconds=0):
    """What can be read without waiting for more than its beginning, and whether that was the body's end."""
    found = b""
    while has_arrived(raw, 0 if found else seconds):
        more = chunks_ahead(raw) or raw.read1(65_536, decode_content=False)
        if not more:
            return found, True
        found += more
    return found, False


@pytest.mark.parametrize(("body", "cut"), [(body, cut) for body in (PLAIN, ODD) for cut in range(len(body) + 1)])
def test_a_body_that_is_cut_anywhere_is_read_whole(ends, body, cut):
    ours, theirs = ends
    theirs.sendall(HEAD + body[:cut])
    with answer(ours) as raw:
        seen = chunks_ahead(raw) if has_arrived(raw, 0) else b""
        theirs.sendall(body[cut:])
        rest, over = all_that_is_here(raw, 5)
        assert (seen + rest, over) == (SAID, True)


def test_whole_chunks_are_taken_at_once_and_what_is_not_whole_is_left(ends):
    ours, theirs = ends
    theirs.sendall(HEAD + b"2\r\nab\r\n1\r\nc\r\n3\r\nde")
    with answer(ours) as raw:
        assert has_arrived(raw, 0)
        assert chunks_ahead(raw) == b"abc"
        assert chunks_ahead(raw) == b""
        assert raw.read1(9, decode_content=False) == b"de"
        assert not has_arrived(raw, 0)
        theirs.sendall(b"f\r\n0\r\n\r\n")
        assert all_that_is_here(raw, 5) == (b"f", True)


def test_more_than_the_reader_takes_at_once_is_known_to_be_there(ends):
    ours, theirs = ends
    said = [b"%05d" % number + b"x" * 95 for number in range(300)]
    theirs.sendall(HEAD + b"".join(b"64\r\n" + part + b"\r\n" for part in said))
    with answer(ours) as raw:
        assert all_that_is_here(raw) == (b"".join(said), False)
        theirs.close()
        assert has_arrived(raw, 5)  # an end, too, is something to read


def test_in_the_middle_of_a_chunk_a_read_waits_as_long_as_its_socket_was_told(ends):
    ours, theirs = ends
    theirs.sendall(HEAD + b"2\r\nab\r\n5")  # the size of a chunk, or the beginning of one
    with answer(ours) as raw:
        ours.settimeout(0.05)
        assert has_arrived(raw, 0)
        assert chunks_ahead(raw) == b"ab"
        with pytest.raises(ReadTimeoutError):
            raw.read1(9, decode_content=False)


@pytest.mark.parametrize("tls", [None, "good"])
def test_a_stream_that_comes_in_one_piece_is_passed_on_whole(tls):
    said = [b"data: %05d" % number + b"x" * 90 + b"\n\n" for number in range(1_000)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in said) + b"0\r\n\r\n"
    with Upstream(tls=tls) as up:
        up.script(lambda exchange: exchange.send(HEAD + body))
        wire = wire_to(ca_bundle=up.ca_bundle)
        for _ in range(2):  # the second one on the connection of the first
            with closing(opened(wire, up.url)) as stream:
                assert b"".join(stream.chunks(pauses=True)) == b"".join(said)
        assert len(up.requests) == 2
