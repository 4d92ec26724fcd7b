"""Each row of the transport table, over a real socket."""

import socket
import threading
import time
from contextlib import closing

import pytest

from portal.dialects.base import Limits, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.faults import UpstreamError
from portal.domain.origins import origin_of
from tests.upstream import Upstream, steps
from tests.wire.sending import KEY, SOON, Category, fault_of, get, opened, resolves_to, wire_to


@pytest.fixture
def up():
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def wire():
    made = wire_to()
    yield made
    made.close()


BROKEN = {
    "closes without an answer": (steps.disconnect(), "closed the connection without an answer"),
    "resets without an answer": (steps.reset(), "closed the connection without an answer"),
    "resets in the body": (steps.break_body(how="reset"), "dropped before the answer was complete"),
    "closes in the body": (steps.break_body(how="close"), "dropped before the answer was complete"),
    "breaks a chunk": (
        steps.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhal"),
        "dropped before the answer was complete",
    ),
    "leaves the last chunk out": (
        steps.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
        "dropped before the answer was complete",
    ),
    "counts chunks in letters": (
        steps.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
        "dropped before the answer was complete",
    ),
    "is no web server": (steps.raw(b"220 mail.example.org ESMTP ready\r\n"), "is not HTTP"),
    "sends endless headers": (
        steps.raw(b"HTTP/1.1 200 OK\r\n" + b"X-More: and more\r\n" * 5000),
        "is not proper HTTP",
    ),
    "sends a header without end": (steps.raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000), "is not proper HTTP"),
    "names an encoding it does not use": (
        steps.respond(body=b"plain", headers={"Content-Encoding": "gzip"}),
        "cannot be unpacked",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("act", [get, opened])
def test_a_broken_exchange_is_a_connect_fault(up, wire, how, act):
    step, words = BROKEN[how]
    up.script(step)
    fault = fault_of(act, wire, up.url)
    assert fault.category is Category.CONNECT
    assert words in fault.detail


def test_a_refused_connection_says_that_nothing_listens(up, wire):
    up.refuse()
    fault = fault_of(get, wire, up.url)
    assert (fault.category, "refused" in fault.detail) == (Category.CONNECT, True)
    assert "nothing listens" in fault.detail
    assert fault.hint == ""  # what to do about it depends on what should run there


def test_https_on_an_http_port_says_to_try_http(up, wire):
    fault = fault_of(get, wire, up.url.replace("http:", "https:"))
    assert fault.category is Category.CONNECT
    assert '"http://"' in fault.hint


def test_http_on_an_https_port_says_to_try_https(up, wire):
    up.script(steps.raw(b"\x15\x03\x01\x00\x02\x02\x0a"))  # the alert that most TLS servers answer with
    fault = fault_of(get, wire, up.url)
    assert fault.category is Category.CONNECT
    assert '"https://"' in fault.hint


@pytest.mark.parametrize(
    ("kind", "detail", "hint"),
    [
        ("self_signed", "self-signed", "PORTAL_CA_BUNDLE"),
        ("untrusted", "local issuer", "PORTAL_CA_BUNDLE"),
        ("expired", "expired", "has expired"),
        ("wrong_host", "mismatch", "another"),
    ],
)
def test_a_bad_certificate_is_a_tls_fault_that_says_why(kind, detail, hint):
    with Upstream(tls=kind) as up:
        fault = fault_of(get, wire_to(ca_bundle=up.ca_bundle), up.url)
    assert fault.category is Category.TLS
    assert detail in fault.detail
    assert hint in fault.hint
    assert not up.requests  # the key was not sent


def test_a_good_certificate_is_checked_against_the_name_and_not_the_number():
    with Upstream(tls="good") as up:
        up.respond(json={"well": True})
        wire = wire_to(ca_bundle=up.ca_bundle, resolve=resolves_to("127.0.0.1"))
        assert get(wire, up.url_for("name.test")).status == 200
        assert up.requests[0].headers["host"] == f"name.test:{up.port}"
        fault = fault_of(get, wire, up.url_for("other.test"))
        assert fault.category is Category.TLS
        assert "another host name" in fault.hint


def test_the_public_authorities_are_trusted_unless_a_bundle_replaces_them():
    with Upstream(tls="good") as up:
        assert fault_of(get, wire_to(), up.url).category is Category.TLS


def test_a_name_that_nobody_knows_is_a_dns_fault():
    def unknown(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    fault = fault_of(get, wire_to(resolve=unknown), "https://api.opnai.test/v1")
    assert (fault.category, fault.detail) == (Category.DNS, "No host is called api.opnai.test.")


def test_a_silent_name_server_and_an_empty_answer_are_dns_faults():
    def silent(*_):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    assert fault_of(get, wire_to(resolve=silent), "https://x.test/").category is Category.DNS
    assert fault_of(get, wire_to(resolve=resolves_to()), "https://x.test/").category is Category.DNS


def test_the_next_address_is_tried_when_the_first_refuses(up):
    up.respond(json={})
    wire = wire_to(resolve=resolves_to("127.0.0.2", "127.0.0.1"))  # the upstream listens on the second
    assert get(wire, up.url_for("name.test")).status == 200


@pytest.mark.parametrize(
    "url",
    [
        "api.example.org/v1",
        "ftp://api.example.org",
        "file:///etc/passwd",
        "https://",
        "https:///v1",
        "http://[::1/",
        "http://api.example.org:port/",
        "http://api.example.org:99999/",
        "http://api .example.org/",
        "http://api.example.org/\r\nX-Injected: yes",
        "http://127.0.0.1\\@api.example.org/",
        "http://user:pass@api.example.org/",
        "http://.example.org/",
        "http://" + "a" * 70 + ".example.org/",
    ],
)
def test_a_url_that_cannot_be_requested_is_an_endpoint_fault(wire, url):
    everywhere = frozenset(
        {"http://api.example.org:80", "http://.example.org:80", "http://" + "a" * 70 + ".example.org:80"}
    )
    fault = fault_of(wire.send, UpstreamRequest("GET", url), everywhere, SOON)
    assert fault.category is Category.ENDPOINT


@pytest.mark.parametrize(
    "key", [KEY + "\n", " " + KEY, f"“{KEY}”", KEY + "é", "", KEY[:9] + "\r\nX-More: 1", KEY + "\t"]
)
def test_a_key_that_no_header_can_carry_is_an_auth_fault_before_any_request(up, wire, key):
    fault = fault_of(get, wire, up.url, headers={"x-api-key": Secret(key)})
    assert fault.category is Category.AUTH
    assert "paste" in fault.hint
    assert not up.connections


def test_another_header_that_cannot_be_carried_is_named(up, wire):
    fault = fault_of(get, wire, up.url, headers={"X-Team": "línea\n"})
    assert fault.category is Category.AUTH
    assert "X-Team" in fault.detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_returned_and_not_followed(up, wire, status):
    with Upstream() as elsewhere:
        up.script(steps.redirect(elsewhere.url + "/v1", status))
        response = get(wire, up.url)
        assert (response.status, response.headers["location"]) == (status, elsewhere.url + "/v1")
        assert not elsewhere.connections


def test_what_was_asked_arrives_whole_and_so_does_the_answer(up, wire):
    up.respond(418, json={"teapot": "ü"}, headers={"X-Request-Id": "r1", "X-Twice": "a"})
    request = UpstreamRequest(
        "POST", up.url + "/v1/chat?x=1", {"x-api-key": Secret(KEY), "Content-Type": "application/json"}, b"{}"
    )
    began = time.monotonic()
    response = wire.send(request, frozenset({up.url}), SOON)
    took = time.monotonic() - began
    assert (response.status, response.body, response.headers["x-request-id"]) == (418, '{"teapot": "ü"}'.encode(), "r1")
    assert 0 <= response.elapsed_ms <= took * 1000 + 1
    asked = up.requests[0]
    assert (asked.method, asked.target, asked.body) == ("POST", "/v1/chat?x=1", b"{}")
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["user-agent"] == "llm-portal"


def test_a_connection_is_used_again(up, wire):
    up.respond(json={})
    for _ in range(5):
        get(wire, up.url)
    assert (up.connections, len(up.requests)) == (1, 5)


def test_a_connection_is_used_again_over_tls_and_after_a_stream():
    with Upstream(tls="good") as up:
        up.stream_sse(["a", "b"])
        wire = wire_to(ca_bundle=up.ca_bundle)
        for _ in range(3):
            with closing(opened(wire, up.url)) as stream:
                assert b"".join(stream.chunks()) == b"data: a\n\ndata: b\n\n"
        assert up.connections == 1


def test_a_response_names_its_steps_and_a_connection_used_again_has_fewer():
    with Upstream(tls="good") as up:
        up.script(steps.respond(json={}), path="/")
        wire = wire_to(ca_bundle=up.ca_bundle)
        named = f"https://localhost:{up.port}"
        response = get(wire, named, Limits(connect=2, read=2, total=4))
        doing = ["looking up the host", "connecting", "securing the connection", "waiting for the answer"]
        assert [step for step, _ in response.steps] == [*doing, "reading the answer"]
        assert sum(took for _, took in response.steps) <= response.elapsed_ms + len(response.steps)
        again = get(wire, named, Limits(connect=2, read=2, total=4))
        assert [step for step, _ in again.steps] == ["waiting for the answer", "reading the answer"]


def test_a_request_that_fails_names_its_steps(up, wire):
    up.script(steps.silence())
    with pytest.raises(UpstreamError) as silent:
        get(wire, up.url)
    assert [step for step, _ in silent.value.steps] == ["connecting", "waiting for the answer"]
    assert silent.value.steps[-1][1] >= 200
    up.script(steps.break_body(how="close"))
    with pytest.raises(UpstreamError) as broken:
        get(wire, up.url)
    assert broken.value.steps[-1][0] == "reading the answer"


def test_a_connection_that_the_other_side_closed_meanwhile_is_not_used_again(up, wire):
    up.script(steps.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))  # promises to keep it, and closes
    get(wire, up.url)
    up.wait_until(lambda: False, 0.05)
    assert get(wire, up.url).body == b"{}"
    assert up.connections == 2


@pytest.mark.parametrize("end", [steps.disconnect, steps.reset])
def test_an_idle_connection_that_closes_under_the_request_is_tried_once_more_on_a_new_one(up, wire, end):
    up.respond(json={})
    get(wire, up.url)
    up.script(end(), times=1)
    assert get(wire, up.url).body == b"{}"
    assert (up.connections, len(up.requests)) == (2, 3)


def test_a_new_connection_that_closes_without_an_answer_is_not_tried_again(up, wire):
    up.script(steps.disconnect())
    assert fault_of(get, wire, up.url).category is Category.CONNECT
    assert len(up.requests) == 1


def test_many_threads_share_one_wire(up, wire):
    up.script(steps.after(0.02, steps.respond(json={"n": 1})))
    bodies = []
    plenty = Limits(connect=2, read=2, total=3)
    threads = [
        threading.Thread(target=lambda: bodies.extend(get(wire, up.url, plenty).body for _ in range(5)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == [b'{"n": 1}'] * 80
    assert up.connections <= 16


def test_a_request_may_only_go_to_its_destination(up, wire):
    for destination in (frozenset(), frozenset({"https://api.openai.com:443"}), frozenset({up.url_for("localhost")})):
        fault = fault_of(wire.send, UpstreamRequest("GET", up.url), destination, SOON)
        assert fault.category is Category.EGRESS
        assert origin_of(up.url) in fault.detail
    assert not up.connections


def test_a_name_in_a_foreign_script_goes_to_its_destination(up):
    up.respond(json={})
    wire = wire_to(resolve=resolves_to("127.0.0.1"))
    assert get(wire, up.url_for("bücher.test")).status == 200
    assert up.requests[0].headers["host"].startswith("xn--bcher-kva.test")
