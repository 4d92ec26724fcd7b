"""A service account's assertion is signed, exchanged through the wire, and its token kept no longer than it lives."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from portal.dialects.base import Limits, ServiceAccountToken, UpstreamRequest, UpstreamResponse
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, Fault, UpstreamError
from portal.wire import Wire
from portal.wire.tokens import EARLY, Tokens
from tests.upstream import Upstream, steps
from tests.upstream.google import SCOPE, Account, account
from tests.waiting import PATIENCE, finished

LIMITS = Limits(connect=2, read=5, total=5)
BODY = json.dumps({"contents": [{"role": "user", "parts": [{"text": "Say hello"}]}]}).encode()


def authority(up: Upstream, who: Account | None = None, **parts: object) -> ServiceAccountToken:
    encrypted = json.loads((who or account()).encrypted) | parts
    return ServiceAccountToken(Secret(json.dumps(encrypted)), SCOPE, f"{up.url}/token")


def asking(up: Upstream, by: ServiceAccountToken | None = None) -> UpstreamRequest:
    place = "projects/acme-123/locations/global/publishers/google/models"
    url = f"{up.url}/v1/{place}/gemini-x:generateContent"
    return UpstreamRequest("POST", url, {"Content-Type": "application/json"}, BODY, authority=by or authority(up))


def send(wire: Wire, up: Upstream, by: ServiceAccountToken | None = None, limits: Limits = LIMITS) -> UpstreamResponse:
    return wire.send(asking(up, by), frozenset({up.url}), limits)


def exchanges(up: Upstream) -> int:
    return len([request for request in up.requests if request.path == "/token"])


def fault_of(wire: Wire, up: Upstream, by: ServiceAccountToken | None = None, limits: Limits = LIMITS) -> Fault:
    with pytest.raises(UpstreamError) as caught:
        send(wire, up, by, limits)
    error = caught.value
    key = json.loads((by or authority(up)).secret.reveal()).get("private_key", "")
    for line in [line for line in str(key).split("\n") if len(line) > 8 and not line.startswith("-")]:
        assert line not in f"{error} {error.fault} {error.__cause__!r} {error.__context__!r}"
    return error.fault


@pytest.fixture
def wire() -> Wire:
    return Wire(EgressPolicy())


def test_the_token_endpoint_verifies_the_assertion_and_the_api_takes_its_token(wire):
    with Upstream.vertex(models=["gemini-x"], answer="Hello.") as up:
        response = send(wire, up)
        assert response.status == 200
        assert json.loads(response.body)["candidates"][0]["content"]["parts"][0]["text"] == "Hello."
        first, second = up.requests
        assert first.path == "/token"
        assert first.headers["content-type"] == "application/x-www-form-urlencoded"
        assert "authorization" not in first.headers
        assert second.headers["authorization"] == "Bearer ya29.invented-token-001"
        assert account().private_key[40:80] not in repr(up.requests)


def test_a_token_serves_until_shortly_before_its_end():
    now = [1_000_000.0]
    sent = []

    def answer(request: UpstreamRequest, destination: frozenset[str], limits: Limits) -> UpstreamResponse:
        sent.append((request, destination))
        return UpstreamResponse(200, {}, json.dumps({"access_token": f"t{len(sent)}", "expires_in": 3599}).encode())

    tokens = Tokens(answer, lambda: now[0])
    by = ServiceAccountToken(Secret(account().encrypted), SCOPE, "https://tokens.example/token")
    there = frozenset({"https://api.example:443", "https://tokens.example:443"})

    def token() -> object:
        request = tokens.authorised(UpstreamRequest("GET", "https://api.example/x", authority=by), by, there, LIMITS)
        assert request.authority is None
        return request.headers["Authorization"]

    assert [token(), token()] == [Secret("t1").prefixed("Bearer ")] * 2
    now[0] += 3599 - EARLY - 1
    assert token() == Secret("t1").prefixed("Bearer ")
    now[0] += 2
    assert token() == Secret("t2").prefixed("Bearer ")
    assert [request.url for request, _ in sent] == ["https://tokens.example/token"] * 2
    assert {destination for _, destination in sent} == {there}
    tokens.forget(by)
    assert token() == Secret("t3").prefixed("Bearer ")


def test_a_token_that_hardly_lives_serves_one_request(wire):
    with Upstream.vertex(models=["gemini-x"], lives=30) as up:
        assert [send(wire, up).status for _ in range(2)] == [200, 200]
        assert exchanges(up) == 2


def test_many_requests_wait_for_one_exchange(wire):
    with Upstream.vertex(models=["gemini-x"]) as up:
        up.script(steps.after(0.2, up.handler), path="/token")
        with ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(lambda _: send(wire, up).status, range(16)))
        assert statuses == [200] * 16
        assert exchanges(up) == 1


def test_each_secret_and_each_endpoint_has_a_token_of_its_own(wire):
    other = account("other")
    with Upstream.vertex(models=["gemini-x"]) as up:
        send(wire, up)
        fault = fault_of(wire, up, authority(up, other))
        assert (fault.category, "deleted or disabled" in fault.hint) == (Category.AUTH, True)
        send(wire, up)
        assert exchanges(up) == 2
        with Upstream.vertex(models=["gemini-x"]) as elsewhere:
            assert send(wire, elsewhere).status == 200
            assert exchanges(elsewhere) == 1


def test_a_token_that_is_refused_is_not_sent_again(wire):
    with Upstream.vertex(models=["gemini-x"]) as up:
        send(wire, up)
        up.handler.revoked.add("ya29.invented-token-001")
        assert send(wire, up).status == 401
        assert send(wire, up).status == 200
        assert exchanges(up) == 2


def test_a_stream_is_authorised_too(wire):
    with Upstream.vertex(models=["gemini-x"], answer="Hello.") as up:
        request = asking(up)
        request = UpstreamRequest(
            "POST", request.url.replace(":generate", ":streamGenerate") + "?alt=sse", request.headers, BODY, True
        )
        request = UpstreamRequest(request.method, request.url, request.headers, request.body, True, authority(up))
        with closing(wire.open(request, frozenset({up.url}), Limits(connect=2, read=2, total=None))) as stream:
            assert stream.status == 200
            assert b"Hello." in b"".join(stream.chunks())


def test_a_key_of_another_account_is_an_old_key(wire):
    with Upstream.vertex(models=["gemini-x"]) as up:
        fault = fault_of(wire, up, authority(up, private_key=account("other").private_key))
        assert (fault.category, fault.code, fault.status) == (Category.AUTH, "invalid_grant", 400)
        assert fault.detail == "No token from 127.0.0.1. invalid_grant: Invalid JWT Signature."
        assert "Make a new key" in fault.hint
        assert len(up.requests) == 1


@pytest.mark.parametrize(
    "key", ["", "hunter2hunter2", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", 7]
)
def test_a_broken_key_is_named_before_any_request(wire, key):
    with Upstream.vertex() as up:
        fault = fault_of(wire, up, authority(up, private_key=key))
        assert fault.category is Category.AUTH
        assert "JSON file" in fault.hint
        assert up.requests == []


def test_a_key_with_its_line_breaks_written_out_works(wire):
    with Upstream.vertex(models=["gemini-x"]) as up:
        written = account().private_key.replace("\n", "\\n")
        assert send(wire, up, authority(up, private_key=written)).status == 200


def test_a_clock_that_is_wrong_is_named():
    refusal = {"error": "invalid_grant", "error_description": "Invalid JWT: Token must be in a reasonable timeframe."}
    elsewhere = [time.time() + 900]
    with Upstream() as up:
        up.respond(400, json=refusal, headers={"Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())})
        wire = Wire(EgressPolicy())
        tokens = Tokens(wire.send, lambda: elsewhere[0])
        with pytest.raises(UpstreamError) as caught:
            tokens.authorised(asking(up), authority(up), frozenset({up.url}), LIMITS)
        assert caught.value.fault.category is Category.AUTH
        assert caught.value.fault.hint.startswith(("The clocks are 900 seconds", "The clocks are 901 seconds"))
        up.respond(400, json=refusal)
        with pytest.raises(UpstreamError) as caught:
            tokens.authorised(asking(up), authority(up), frozenset({up.url}), LIMITS)
        assert caught.value.fault.hint.startswith("Set this machine’s clock")


@pytest.mark.parametrize(
    ("step", "category", "words"),
    [
        (
            steps.respond(400, json={"error": "invalid_scope", "error_description": "No."}),
            Category.PERMISSION,
            "roles",
        ),
        (steps.respond(401, json={"error": "unauthorized_client"}), Category.PERMISSION, "roles"),
        (steps.respond(400, json={"error": {"status": "INVALID_ARGUMENT", "message": "No."}}), Category.AUTH, "again"),
        (steps.html(404), Category.ENDPOINT, "token URL"),
        (steps.redirect("https://sso.example.com/"), Category.ENDPOINT, "token URL"),
        (steps.html(200), Category.SHAPE, "token URL"),
        (steps.respond(json={"access_token": "with\nbreak"}), Category.SHAPE, "token URL"),
        (steps.respond(json=["access_token"]), Category.SHAPE, "token URL"),
        (steps.respond(429, json={}), Category.RATE_LIMIT, "minute"),
        (steps.respond(503, text="busy"), Category.SERVER, "few minutes"),
        (steps.disconnect(), Category.CONNECT, ""),
    ],
)
def test_whatever_the_endpoint_does_is_named_as_its_doing(wire, step, category, words):
    with Upstream() as up:
        up.script(step, path="/token")
        fault = fault_of(wire, up)
        assert (fault.category, words in fault.hint) == (category, True), fault
        assert fault.detail.startswith("No token from 127.0.0.1.")


def test_what_the_endpoint_echoes_is_redacted(wire):
    with Upstream() as up:

        def echo_assertion(exchange):
            assertion = exchange.request.body.decode().partition("assertion=")[2]
            steps.respond(400, json={"error": "invalid_grant", "error_description": f"Bad assertion {assertion}"})(
                exchange
            )

        up.script(echo_assertion, path="/token")
        fault = fault_of(wire, up)
        assert "Bad assertion ••••" in fault.detail
        assert "eyJ" not in fault.detail


def test_a_token_endpoint_that_is_not_in_the_destination_is_sent_nothing(wire):
    with Upstream() as up, Upstream.vertex() as api:
        by = ServiceAccountToken(Secret(account().encrypted), SCOPE, f"{up.url}/token")
        fault = fault_of(wire, api, by)
        assert fault.category is Category.EGRESS
        assert up.requests + api.requests == []


def test_the_egress_rule_holds_for_the_token_endpoint():
    with Upstream.vertex() as up:
        wire = Wire(EgressPolicy("deny"))
        assert fault_of(wire, up).category is Category.EGRESS
        assert up.requests == []


def test_an_endpoint_that_cannot_be_reached_has_the_transports_category(wire):
    with Upstream() as up:
        by = authority(up)
    there = frozenset({by.token_url.removesuffix("/token")})
    with pytest.raises(UpstreamError) as caught:
        wire.send(UpstreamRequest("GET", by.token_url, authority=by), there, LIMITS)
    assert caught.value.fault.category is Category.CONNECT
    assert caught.value.fault.hint.startswith("Check the token URL")


def test_fetching_a_token_counts_as_part_of_the_request(wire):
    with Upstream.vertex(models=["gemini-x"]) as up:
        up.script(steps.silence(), path="/token")
        fault = fault_of(wire, up, limits=Limits(connect=5, read=5, total=0.3))
        assert fault.category is Category.TIMEOUT
        up.forget()
        up.script(steps.after(0.4, up.handler), path="/token")  # each in time, and not both together
        up.script(steps.after(0.5, steps.respond(json={})), path=asking(up).url.removeprefix(up.url))
        assert fault_of(wire, up, limits=Limits(connect=1, read=5, total=0.7)).category is Category.TIMEOUT


def test_who_waits_for_anothers_exchange_waits_no_longer_than_its_own_time(wire):
    with Upstream.vertex(models=["gemini-x"]) as up:
        up.script(lambda exchange: (exchange.wait(up.go), steps.respond(500)(exchange)), path="/token")
        long = 2 * PATIENCE
        first = threading.Thread(target=fault_of, args=(wire, up), kwargs={"limits": Limits(long, long, long)})
        first.start()
        assert up.wait_until(lambda: exchanges(up) == 1)
        assert fault_of(wire, up, limits=Limits(connect=5, read=5, total=0.2)).category is Category.TIMEOUT
        assert first.is_alive(), "and the other one waits on"
        assert exchanges(up) == 1
        up.go.set()
        finished(first)
