"""Streams: as they come, closed at once from anywhere, and the ones that the portal makes itself."""

import json
import threading
import time
from contextlib import closing

import pytest

from portal.dialects.base import Limits, UpstreamRequest
from portal.domain.faults import UpstreamError
from portal.wire import Wire
from tests.upstream import Upstream, steps
from tests.waiting import PATIENCE, finished
from tests.wire.sending import KEY, SOON, Category, fault_of, opened, wire_to

LONG = Limits(connect=10, read=2 * PATIENCE, total=None)


@pytest.fixture
def up():
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def wire():
    return wire_to()


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_each_frame_is_passed_on_as_it_comes(up, wire, framing):
    gates = [threading.Event() for _ in range(3)]
    up.stream_sse(["a", gates[0], "b", gates[1], "c", gates[2]], framing=framing)
    with closing(opened(wire, up.url, LONG)) as stream:
        chunks = stream.chunks()
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream"
        for letter, gate in zip("abc", gates, strict=True):  # the upstream waits until this chunk was seen
            assert next(chunks) == f"data: {letter}\n\n".encode()
            gate.set()
        assert list(chunks) == []
    assert up.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("tls", [None, "good"])
@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_a_stream_says_that_nothing_more_is_there_and_goes_on(tls, framing):
    gate = threading.Event()
    with Upstream(tls=tls) as up:
        up.stream_sse(["a", gate, "b"], framing=framing)
        with closing(opened(wire_to(ca_bundle=up.ca_bundle), up.url, LONG)) as stream:
            chunks = stream.chunks(pauses=True)
            assert next(filter(None, chunks)) == b"data: a\n\n"
            assert [next(chunks), next(chunks)] == [b"", b""]  # at once, and after half a second
            gate.set()
            assert b"".join(chunks) == b"data: b\n\n"


def test_chunks_that_came_at_once_are_passed_on_at_once_before_anything_is_waited_for(up, wire):
    body = b"".join(b"1\r\n%c\r\n" % letter for letter in b"!?;")

    def step(exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        exchange.sleep(PATIENCE)

    up.script(step)
    with closing(opened(wire, up.url, LONG)) as stream:
        chunks = stream.chunks(pauses=True)
        said = b""
        while said != b"!?;":
            said += next(chunks)
        assert next(chunks) == b""


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_a_stream_that_breaks_off_while_it_pauses_raises(up, wire, framing):
    gate = threading.Event()
    up.stream_sse(["a", gate, "b"], drop_after=2, framing=framing)
    with closing(opened(wire, up.url, LONG)) as stream:
        chunks = stream.chunks(pauses=True)
        assert next(filter(None, chunks)) == b"data: a\n\n"
        assert next(chunks) == b""
        gate.set()
        with pytest.raises(UpstreamError):
            list(chunks)


def test_silence_is_too_long_for_a_stream_that_pauses_as_for_any_other(up, wire):
    up.stream_sse(["a"], drop_after=1, drop="silence")
    stream = opened(wire, up.url, Limits(connect=10, read=0.7, total=None))
    with closing(stream), pytest.raises(UpstreamError) as caught:
        list(stream.chunks(pauses=True))
    assert caught.value.fault.category is Category.TIMEOUT


def test_a_status_that_is_no_answer_can_be_read_too(up, wire):
    up.respond(401, json={"error": "no"})
    with closing(opened(wire, up.url)) as stream:
        assert (stream.status, json.loads(b"".join(stream.chunks()))) == (401, {"error": "no"})


@pytest.mark.parametrize("tls", [None, "good"])
def test_closing_from_another_thread_ends_a_read_at_once(tls):
    with Upstream(tls=tls) as up:
        up.stream_sse(["a"], drop_after=1, drop="silence")
        stream = opened(wire_to(ca_bundle=up.ca_bundle), up.url, LONG)
        chunks = stream.chunks()
        next(chunks)
        faults = []

        def read_on():
            try:
                next(chunks)
            except UpstreamError as error:
                faults.append(error.fault)

        reader = threading.Thread(target=read_on)
        reader.start()
        time.sleep(0.05)
        stream.close()
        finished(reader)
        assert [fault.detail for fault in faults] == ["The answer was stopped here."]
        assert up.wait_until(lambda: up.left == 1)
        stream.close()
        stream.close()


def test_closing_before_reading_and_after_the_end_is_harmless(up, wire):
    up.stream_sse(["a"])
    stream = opened(wire, up.url)
    stream.close()
    assert fault_of(lambda: stream).category is Category.CONNECT
    stream = opened(wire, up.url)
    assert b"".join(stream.chunks()) == b"data: a\n\n"
    stream.close()
    stream.close()


def test_leaving_the_loop_lets_the_upstream_go(up, wire):
    up.stream_sse(["a"] * 1000, delay=0.02)
    for _ in opened(wire, up.url, LONG).chunks():
        break
    assert up.wait_until(lambda: up.left == 1)


def test_what_arrived_before_a_drop_is_delivered_first(up, wire):
    up.stream_sse(["a", "b", "c"], drop_after=2, drop="close")
    seen: list[bytes] = []
    with closing(opened(wire, up.url)) as stream, pytest.raises(UpstreamError) as failed:
        seen.extend(stream.chunks())  # extend keeps what came before the error
    assert b"".join(seen) == b"data: a\n\ndata: b\n\n"
    assert failed.value.fault.category is Category.CONNECT


def test_a_key_that_is_echoed_across_two_chunks_comes_back_as_dots(up, wire):
    frame = f'data: {{"error": "bad key {KEY}!"}}\n\n'.encode()
    cut = frame.index(KEY.encode()) + 9
    up.stream_sse([b": ping\n\n", frame[:cut], frame[cut:]], delay=0.05)
    with closing(opened(wire, up.url)) as stream:
        body = b"".join(stream.chunks())
    assert body == ': ping\n\ndata: {"error": "bad key ••••!"}\n\n'.encode()


def test_a_stream_without_end_is_cut_off_at_its_cap(up, wire):
    up.script(steps.endless_body())
    fault = fault_of(opened, wire, up.url, Limits(connect=1, read=1, total=5, body=100_000))
    assert fault.category is Category.SHAPE
    assert "too large" in fault.detail


def demo(gate=None, count=3):
    def answer(request: UpstreamRequest):
        for number in range(count):
            if gate is not None:
                gate.append(number)
            yield f"{request.method} {number}\n".encode()

    return Wire(wire_to()._policy, local={"demo": answer})


DEMO = UpstreamRequest("POST", "demo:chat", stream=True)


def test_a_local_scheme_is_answered_without_a_network():
    response = demo().send(DEMO, frozenset(), SOON)
    assert (response.status, response.body) == (200, b"POST 0\nPOST 1\nPOST 2\n")


def test_a_local_answer_is_made_as_it_is_read():
    made: list[int] = []
    with closing(demo(made).open(DEMO, frozenset(), SOON)) as stream:
        chunks = stream.chunks()
        assert made == []
        assert next(chunks) == b"POST 0\n"
        assert made == [0]
        stream.close()
        stream.close()
        assert fault_of(lambda: next(chunks)).category is Category.CONNECT
        assert made == [0]


def test_a_local_answer_has_limits_too():
    def slow(request):
        while True:
            time.sleep(0.02)
            yield b"x" * 1000

    wire = Wire(wire_to()._policy, local={"demo": slow})
    assert fault_of(wire.send, DEMO, frozenset(), Limits(total=0.1)).category is Category.TIMEOUT
    assert fault_of(wire.send, DEMO, frozenset(), Limits(total=5, body=3000)).category is Category.SHAPE


def test_a_scheme_that_is_not_local_is_refused():
    assert fault_of(demo().send, UpstreamRequest("GET", "other:chat"), frozenset(), SOON).category is Category.ENDPOINT
