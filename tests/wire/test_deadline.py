"""One deadline over the whole request, in each of its phases; and nothing that was killed is used again."""

import socket
import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

from portal.dialects.base import Limits
from portal.wire.deadline import MOST_OVER, Deadline, DeadlineMonitor
from tests.upstream import Upstream, steps
from tests.waiting import PATIENCE
from tests.wire.sending import Category, fault_of, get, opened, resolves_to, wire_to

SHORT = Limits(connect=2 * PATIENCE, read=2 * PATIENCE, total=0.12)
ENDLESS = Limits(connect=0.05, read=0.1, total=None)


@pytest.fixture
def up():
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def wire():
    return wire_to()


class Took:
    """`with Took(0.12):` the block takes that long, and what comes later than that is not waited for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __enter__(self):
        self.began = time.monotonic()

    def __exit__(self, *failed):
        if not failed[0]:
            taken = time.monotonic() - self.began
            assert self.seconds - 0.02 <= taken < PATIENCE, taken


SLOW = {
    "says nothing": (steps.silence(), "waiting for the answer"),
    "drips its headers": (steps.drip_headers(0.03), "waiting for the answer"),
    "drips its body": (steps.drip_body(pause=0.03), "reading the answer"),
    "stops in the body": (steps.sse(["a"], drop_after=1, drop="silence"), "reading the answer"),
    "drips the size of a chunk": (
        lambda exchange: (
            exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            [(exchange.send(b"0"), exchange.sleep(0.03)) for _ in range(100)],
        ),
        "reading the answer",
    ),
    "goes on for ever": (steps.sse(["tick"] * 1000, delay=0.03), "reading the answer"),
    "says that one may continue, again and again": (
        lambda exchange: [(exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n"), exchange.sleep(0.03)) for _ in range(100)],
        "waiting for the answer",
    ),
}


@pytest.mark.parametrize("how", SLOW)
@pytest.mark.parametrize("act", [get, opened])
def test_an_upstream_that_is_slow_in_any_way_is_left_in_time(up, wire, how, act):
    step, doing = SLOW[how]
    up.script(step)
    with Took(0.12):
        fault = fault_of(act, wire, up.url, SHORT)
    assert fault.category is Category.TIMEOUT
    assert doing in fault.detail
    assert up.wait_until(lambda: up.left == 1)  # and it notices


@pytest.mark.parametrize("how", [how for how in SLOW if how not in ("goes on for ever", "drips its body")])
def test_a_stream_without_an_end_still_has_limits_for_its_head_and_each_chunk(up, wire, how):
    up.script(SLOW[how][0])
    assert fault_of(opened, wire, up.url, ENDLESS).category is Category.TIMEOUT


def test_a_stream_without_an_end_may_outlast_every_single_limit(up, wire):
    up.script(steps.drip_body(b"x" * 12, pause=0.1))
    with closing(opened(wire, up.url, Limits(connect=1, read=1, total=None))) as stream:
        assert b"".join(stream.chunks()) == b"x" * 12


def test_a_lookup_that_hangs_is_left_in_time():
    never = threading.Event()
    wire = wire_to(resolve=lambda *_: never.wait())
    with Took(0.12):
        fault = fault_of(get, wire, "https://slow.test/", SHORT)
    assert fault.category is Category.TIMEOUT
    assert "looking up" in f"{fault.detail}".lower()
    never.set()


def test_lookups_that_hang_do_not_pile_up():
    never, asked = threading.Event(), []
    wire = wire_to(resolve=lambda host, *_: (asked.append(host), never.wait()))
    threads = [threading.Thread(target=fault_of, args=(get, wire, f"https://slow{n}.test/", SHORT)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 32
    never.set()


def test_a_handshake_that_hangs_is_left_in_time():
    with Upstream(tls="good", mute=True) as up, Took(0.12):
        fault = fault_of(get, wire_to(ca_bundle=up.ca_bundle), up.url, SHORT)
    assert fault.category is Category.TIMEOUT
    assert "securing" in fault.detail


def test_a_connection_that_nobody_takes_is_left_in_time(up):
    with socket.socket() as full:  # a listener whose queue is full lets further connections wait
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
            fillers.append(filler)
        time.sleep(0.05)
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        for limits in (SHORT, Limits(connect=0.12, read=2 * PATIENCE, total=2 * PATIENCE)):
            with Took(0.12):
                fault = fault_of(get, wire_to(), url, limits)
            assert fault.category is Category.TIMEOUT
        for filler in fillers:
            filler.close()


def test_a_read_limit_shorter_than_the_whole_is_kept(up, wire):
    up.script(steps.silence())
    with Took(0.1):
        assert fault_of(get, wire, up.url, Limits(connect=5, read=0.1, total=2 * PATIENCE)).category is Category.TIMEOUT


def test_a_killed_connection_is_not_used_again(up, wire):
    up.script(steps.respond(json={}), steps.drip_headers(0.03), steps.respond(json={"fresh": True}))
    get(wire, up.url)
    assert fault_of(get, wire, up.url, SHORT).category is Category.TIMEOUT
    assert get(wire, up.url).body == b'{"fresh": true}'
    assert [request.connection for request in up.requests] == [0, 0, 1]


def test_a_connection_whose_body_was_left_is_not_used_again(up, wire):
    up.script(steps.sse(["a"] * 50, delay=0.02), steps.respond(json={}))
    with closing(opened(wire, up.url)) as stream:
        next(stream.chunks())
    assert get(wire, up.url).status == 200
    assert up.connections == 2


def test_a_deadline_that_was_met_ends_nothing_later(up, wire):
    a_second = Limits(connect=1, read=1, total=1)
    up.script(steps.respond(json={}), steps.sse(["late"], delay=0), steps.after(1.2, steps.respond(json={"slow": 1})))
    assert get(wire, up.url, a_second).status == 200
    with closing(opened(wire, up.url, a_second)) as stream:
        assert list(stream.chunks())
    assert get(wire, up.url, Limits(connect=9, read=9, total=9)).body == b'{"slow": 1}'
    assert up.connections == 1


def test_a_consumer_that_takes_its_time_does_not_use_up_the_read_limit(up, wire):
    up.stream_sse(["a", "b", "c"])
    with closing(opened(wire, up.url, Limits(connect=1, read=0.5, total=None))) as stream:
        taken = b""
        for chunk in stream.chunks():
            taken += chunk
            time.sleep(0.6)
    assert taken == b"data: a\n\ndata: b\n\ndata: c\n\n"


def test_the_thread_of_the_monitor_serves_many_deadlines_at_once(up, wire):
    up.script(steps.silence())
    ends = []

    def wait(total: float) -> None:
        began = time.monotonic()
        fault_of(get, wire, up.url, replace(SHORT, total=total))
        ends.append((total, time.monotonic() - began))

    threads = [threading.Thread(target=wait, args=(0.3 - n * 0.015,)) for n in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == 15
    assert all(total - 0.02 <= took < PATIENCE for total, took in ends), ends


def test_resolution_and_connecting_share_the_limit():
    wire = wire_to(resolve=lambda *args: (time.sleep(0.06), resolves_to("127.0.0.1")(*args))[1])
    with Upstream(mute=True) as up, Took(0.12):
        assert fault_of(get, wire, up.url_for("name.test"), SHORT).category is Category.TIMEOUT


def test_deadlines_that_are_over_are_not_kept_until_their_time():
    monitor = DeadlineMonitor()
    running = Deadline(monitor, 600)
    for _ in range(10 * MOST_OVER):
        Deadline(monitor, 600).finish()
    kept = [entry[2] for entry in monitor._heap]
    assert running in kept
    assert len(kept) <= MOST_OVER + 1
    running.finish()
