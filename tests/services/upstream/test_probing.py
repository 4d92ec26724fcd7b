"""What a test of a connection shows, and what it does not: it asks as chats ask, and says no more than it saw."""

from collections.abc import Iterator

import pytest

from portal.dialects.base import Endpoint
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category
from portal.domain.origins import origin_of
from portal.services.upstream import probing
from portal.services.upstream.probing import ProbeResult
from portal.wire import Wire
from tests.upstream import Exchange, Upstream, steps

KEY = "sk-good-0123456789"
WHOLE = {"model": "m-1", "choices": [{"index": 0, "message": {"content": "pong"}, "finish_reason": "stop"}]}
CHAT, LIST = "/v1/chat/completions", "/v1/models"


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire(EgressPolicy())
    yield made
    made.close()


def probe(wire: Wire, up: Upstream, model: str = "m-1", type: str = "openai_compatible") -> ProbeResult:
    endpoint = Endpoint(TYPES[type], up.base_url, Secret(KEY))
    return probing.probe(wire, endpoint, frozenset({origin_of(up.base_url)}), model)


def streams(step):
    """A server that answers whole questions well, and streams so."""

    def answer(exchange: Exchange) -> None:
        (step if exchange.request.json["stream"] else steps.respond(json=WHOLE))(exchange)

    return answer


def test_it_asks_for_a_whole_answer_and_then_for_a_stream(wire: Wire):
    with Upstream.openai(key=KEY, models=["m-1"]) as up:
        found = probe(wire, up)
        assert (found.ok, found.any_key, found.unlisted, found.notes) == (True, False, False, ())
        assert [request.json["stream"] for request in up.requests[:2]] == [False, True]


@pytest.mark.parametrize(
    ("step", "category"),
    [
        (steps.respond(500, json={"error": {"message": "no streaming here"}}), Category.SERVER),
        (steps.sse([], drop_after=0), Category.CONNECT),
        (steps.html(), Category.HTML),
    ],
)
def test_a_server_that_fails_at_streaming_fails_the_test_and_it_says_so(wire: Wire, upstream: Upstream, step, category):
    upstream.script(streams(step), path=CHAT)
    found = probe(wire, upstream)
    assert (found.outcome, found.category) == ("failed", category)
    assert probing.STREAM_FAILED in found.notes


def test_a_limit_of_one_request_is_no_failure_of_the_stream(wire: Wire, upstream: Upstream):
    upstream.script(streams(steps.respond(429, json={"error": {"message": "Slow down"}})), path=CHAT)
    found = probe(wire, upstream)
    assert found.ok
    assert probing.STREAM_NOT_TRIED in found.notes


def test_a_server_that_takes_any_key_is_told_as_one(wire: Wire):
    with Upstream.openai(models=["m-1"]) as up:
        found = probe(wire, up)
        assert (found.ok, found.any_key) == (True, True)
        assert probing.ANY_KEY in found.notes
        assert "authorization" not in up.requests[2].headers


def test_a_server_that_answers_to_any_name_is_told_as_one(wire: Wire, upstream: Upstream):
    upstream.script(
        streams(steps.sse([{"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}]}])), path=CHAT
    )
    upstream.respond(json={"data": [{"id": "real.gguf"}]}, path=LIST)
    found = probe(wire, upstream, "dreamt-up")
    assert (found.ok, found.unlisted) == (True, True)
    assert probing.UNLISTED.format("dreamt-up") in found.notes


@pytest.mark.parametrize("listed", ["m-1", "M-1:latest", "acme/m-1", "models/m-1", "m-*"])
def test_a_name_may_be_listed_in_full_or_by_a_pattern(wire: Wire, upstream: Upstream, listed: str):
    upstream.script(
        streams(steps.sse([{"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}]}])), path=CHAT
    )
    upstream.respond(json={"data": [{"id": listed}]}, path=LIST)
    assert not probe(wire, upstream).unlisted


def test_trouble_with_a_name_that_is_not_listed_names_the_model_first(wire: Wire, upstream: Upstream):
    upstream.respond(500, json={"error": {"message": "Internal error"}}, path=CHAT)
    upstream.respond(json={"data": [{"id": "real.gguf"}]}, path=LIST)
    found = probe(wire, upstream, "dreamt-up")
    assert found.category is Category.SERVER
    assert found.fault.hint.startswith("Its own list has no model dreamt-up: check the name first.")
    assert not probe(wire, upstream, "real.gguf").fault.hint.startswith("Its own list")


@pytest.mark.parametrize(("listing", "told"), [(500, True), (200, False)])
def test_trouble_without_a_key_and_without_a_list_speaks_of_the_key_first(
    wire: Wire, upstream: Upstream, listing, told
):
    upstream.respond(500, text="Internal Server Error", path=CHAT)
    upstream.respond(listing, json={"data": [{"id": "m-1"}]} if listing == 200 else {"error": "Oh."}, path=LIST)
    endpoint = Endpoint(TYPES["openai_compatible"], upstream.base_url)
    found = probing.probe(wire, endpoint, frozenset({origin_of(upstream.base_url)}), "m-1")
    assert found.category is Category.SERVER
    assert found.fault.hint.startswith("It was asked without a key, and named no models either.") == told
