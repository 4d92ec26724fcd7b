"""What may leave and what may come back: addresses, proxies, cookies, keys, and bodies that are too large."""

import base64
import json
import logging
import tracemalloc
from contextlib import closing

import pytest

from portal.dialects.base import Limits, UpstreamRequest
from portal.dialects.secret import Secret
from portal.domain.origins import origin_of
from tests.upstream import Upstream, steps
from tests.wire.sending import AUTHORIZATION, KEY, SOON, Category, fault_of, get, opened, resolves_to, wire_to

PLENTY = Limits(connect=1, read=5, total=10, body=1_000_000)


@pytest.fixture
def up():
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def wire():
    return wire_to()


LOOPBACK_SPELLED = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]"]


@pytest.mark.parametrize("host", LOOPBACK_SPELLED)
def test_a_spelled_out_address_is_refused_before_any_connection(up, host):
    fault = fault_of(get, wire_to(private="deny"), up.url_for(host))
    assert fault.category is Category.EGRESS
    assert "127.0.0.1" in fault.detail
    assert "PORTAL_PRIVATE_NETWORKS" in fault.detail
    assert "PORTAL_PRIVATE_NETWORKS" in fault.hint
    assert not up.connections


@pytest.mark.parametrize("host", LOOPBACK_SPELLED)
def test_the_same_spellings_are_requested_where_the_setting_allows(up, wire, host):
    up.respond(json={})
    assert get(wire, up.url_for(host)).status == 200


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["10.0.0.7"],
        ["100.64.3.2"],
        ["fd00::7"],
    ],
)
def test_every_address_behind_a_name_is_checked(addresses):
    fault = fault_of(get, wire_to(private="deny", resolve=resolves_to(*addresses)), "https://rebound.test/")
    assert fault.category is Category.EGRESS
    assert "rebound.test" in fault.detail


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.0", "fe80::1"]
)
def test_a_name_for_a_metadata_address_is_refused_even_where_all_is_allowed(address):
    fault = fault_of(get, wire_to(resolve=resolves_to(address)), "http://innocent.test/")
    assert fault.category is Category.EGRESS
    assert "whatever PORTAL_PRIVATE_NETWORKS says" in fault.detail
    assert "PORTAL_PRIVATE_NETWORKS" not in fault.hint


def test_a_name_of_metadata_is_refused_before_it_is_looked_up():
    asked = []
    wire = wire_to(resolve=lambda *args: asked.append(args))
    assert fault_of(get, wire, "http://metadata.google.internal./computeMetadata").category is Category.EGRESS
    assert not asked


def test_the_connection_goes_to_the_number_that_was_checked(up):
    answers = [resolves_to("127.0.0.1"), resolves_to("169.254.169.254")]
    up.respond(json={})
    wire = wire_to(resolve=lambda *args: answers.pop(0)(*args))
    assert get(wire, up.url_for("rebound.test")).status == 200  # one lookup, used for check and connection
    assert len(answers) == 1
    assert up.requests[0].headers["host"] == f"rebound.test:{up.port}"


def test_a_list_of_networks_opens_only_those(up):
    up.respond(json={})
    assert get(wire_to(private=("127.0.0.0/8",)), up.url).status == 200
    assert fault_of(get, wire_to(private=("10.0.0.0/8",)), up.url).category is Category.EGRESS


def test_a_proxy_carries_the_request_and_owns_the_check(up):
    up.respond(json={"by": "proxy"})
    wire = wire_to(proxy=up.url, private="deny", resolve=resolves_to())
    response = get(wire, "http://llm.example.org/v1/models")
    assert json.loads(response.body) == {"by": "proxy"}
    assert up.requests[0].target == "http://llm.example.org/v1/models"


def test_a_proxy_carries_tls_without_seeing_inside():
    with Upstream(tls="good") as far, Upstream() as proxy:
        far.respond(json={"by": "far"})
        proxy.script(steps.tunnel(far.port), method="CONNECT")
        wire = wire_to(proxy=proxy.url, ca_bundle=far.ca_bundle, resolve=resolves_to())
        for _ in range(2):
            assert json.loads(get(wire, "https://name.test/v1", PLENTY).body) == {"by": "far"}
        assert far.requests[0].headers["host"] == "name.test"
        assert far.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert [request.target for request in proxy.requests] == ["name.test:443"]
        assert KEY not in str(proxy.requests)
        far.script(steps.drip_headers(0.03))
        assert fault_of(get, wire, "https://name.test/v1").category is Category.TIMEOUT


def test_a_proxy_does_not_help_to_a_spelled_out_address_or_a_metadata_name(up):
    wire = wire_to(proxy=up.url, private="deny")
    for url in (
        "http://169.254.169.254/",
        "http://10.0.0.1/",
        "http://metadata.google.internal/",
        "http://2130706433/",
    ):
        assert fault_of(get, wire, url).category is Category.EGRESS
    assert not up.connections


@pytest.mark.parametrize("url", ["http://llm.example.org/", "https://llm.example.org/"])
def test_a_proxy_that_fails_is_named(up, url):
    wire = wire_to(proxy=up.url)
    up.respond(407)
    fault = fault_of(get, wire, url)
    assert (fault.category, "PORTAL_EGRESS_PROXY" in fault.hint) == (Category.CONNECT, True)
    up.refuse()
    fault = fault_of(get, wire, url)
    assert (fault.category, "PORTAL_EGRESS_PROXY" in fault.hint) == (Category.CONNECT, True)


def test_the_environment_and_netrc_change_nothing(up, wire, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login eve password stolen\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing"))
    up.respond(json={})
    assert get(wire, up.url, headers={}).status == 200
    assert "authorization" not in up.requests[0].headers


def test_no_cookie_is_kept(up, wire):
    up.respond(json={}, headers={"Set-Cookie": "session=somebody-else; Path=/"})
    assert "set-cookie" not in get(wire, up.url).headers
    get(wire, up.url)
    with closing(opened(wire, up.url)) as stream:
        assert "set-cookie" not in stream.headers
        list(stream.chunks())
    assert not [request for request in up.requests if "cookie" in request.headers]


def test_an_upstream_that_echoes_everything_gives_no_key_away(up, wire, caplog):
    caplog.set_level(logging.DEBUG)
    up.script(steps.echo())
    response = get(wire, up.url)
    assert KEY.encode() not in response.body
    assert json.loads(response.body)["headers"]["authorization"] == "Bearer ••••"
    spelled = {"a": base64.b64encode(f"user:{KEY}".encode()).decode(), "b": f"{KEY}", "c": [KEY.replace("-", "%2D")]}
    up.respond(401, json=spelled, headers={"X-Echo": f"Bearer {KEY}", "Location": f"/?key={KEY}"})
    response = get(wire, up.url)
    assert KEY not in str(response.headers)
    assert base64.b64encode(KEY.encode()).decode()[:20] not in response.body.decode()
    up.script(steps.raw(f"{KEY} is your key\r\n".encode()))
    fault_of(get, wire, up.url)
    up.script(steps.raw(f"HTTP/1.1 200 OK\r\nno header at all {KEY}\r\n: {KEY}\r\n\r\n".encode()))
    get(wire, up.url)
    fault_of(get, wire, up.url, headers={"x": Secret(KEY + "\n")})
    assert KEY not in caplog.text


def test_two_secrets_of_one_request_are_both_hidden(up, wire):
    up.script(steps.echo())
    response = get(wire, up.url, headers={**AUTHORIZATION, "X-Gateway": Secret("gw-secret-0123456789")})
    assert b"gw-secret" not in response.body
    assert KEY.encode() not in response.body


def test_the_environment_never_changes_where_a_key_goes(up, wire):
    """The Host header is that of the URL, whatever a dialect's headers say of it is the dialect's."""
    up.respond(json={})
    get(wire, up.url)
    assert up.requests[0].headers["host"] == origin_of(up.url).removeprefix("http://")


TOO_LARGE = {
    "huge, and says so": steps.huge_body(20_000_000),
    "huge until the end": steps.huge_body(20_000_000, say_length=False),
    "endless": steps.endless_body(),
    "a compressed bomb": steps.bomb(200_000_000),
    "a bomb in a bomb": steps.bomb(200_000_000, layers=2),
    "a deflated bomb": steps.bomb(200_000_000, encoding="deflate"),
    "a bomb in a redirect": steps.bomb(200_000_000, status=302, headers={"Location": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("how", TOO_LARGE)
@pytest.mark.parametrize("act", [get, opened])
def test_a_body_that_is_too_large_is_cut_off_early(up, wire, how, act):
    up.script(TOO_LARGE[how])
    cap = 1_000_000 if act is get else 31_250  # a stream may be 32 times as long
    get_ready = Limits(connect=10, read=30, total=60, body=cap)
    tracemalloc.start()
    try:
        fault = fault_of(act, wire, up.url, get_ready)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fault.category is Category.SHAPE
    assert "1 MB" in fault.detail
    assert peak < 6_000_000, peak


def test_an_honest_compressed_answer_is_unpacked(up, wire):
    up.script(steps.gzipped({"data": ["x" * 50_000]}))
    response = get(wire, up.url)
    assert json.loads(response.body) == {"data": ["x" * 50_000]}
    assert "content-encoding" not in response.headers
    assert up.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_a_body_of_exactly_the_cap_is_whole(up, wire):
    up.respond(body=b"x" * 1000)
    limits = Limits(connect=1, read=1, total=2, body=1000)
    assert len(get(wire, up.url, limits).body) == 1000
    up.respond(body=b"x" * 1001)
    fault = fault_of(get, wire, up.url, limits)
    assert "1,000 bytes" in fault.detail


def test_a_dialect_may_say_what_it_accepts(up, wire):
    up.respond(json={})
    wire.send(UpstreamRequest("GET", up.url, {"accept": "application/xml"}), frozenset({up.url}), SOON)
    assert up.requests[0].headers["accept"] == "application/xml"
