"""Gemini and Vertex asked over a real socket, by key, by bound key and by service account."""

import pytest

from portal.dialects.base import Endpoint, Limits
from portal.dialects.conversation import PAUSE, ChatRequest, FinishReason, Message, Usage
from portal.dialects.provider_types.table import TYPES, destination
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, UpstreamError
from portal.services.upstream import calls as upstream_calls
from portal.services.upstream import listing as upstream_listing
from portal.services.upstream import probing
from portal.wire import Wire
from tests.upstream import Upstream, steps
from tests.upstream.google import account

KEY = "AIzaGood-0123456789"
SHORT = Limits(connect=1.0, read=1.0, total=3.0)
MODEL = "gemini-3.5-flash"
HI = (Message.of("user", "Hi there"),)
THINKING = ChatRequest(MODEL, HI, options={"include_thoughts": True})


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire(EgressPolicy())


def by_key(up: Upstream, type: str = "google", key: str | None = KEY) -> tuple[Endpoint, frozenset[str]]:
    endpoint = Endpoint(TYPES[type], up.base_url, Secret(key) if key else None)
    return endpoint, destination(endpoint.type, endpoint.base_url, endpoint.settings)


def by_account(up: Upstream, **settings: str) -> tuple[Endpoint, frozenset[str]]:
    everything = {"project": "acme-123", "token_url": f"{up.url}/token", **settings}
    endpoint = Endpoint(
        TYPES["vertex"], up.base_url, Secret(account().encrypted), everything, key_kind="service_account"
    )
    return endpoint, destination(endpoint.type, endpoint.base_url, everything)


def test_gemini_answers_whole_and_streamed_with_its_thoughts(wire):
    with Upstream.gemini(key=KEY, models=[MODEL], answer="Hello there.", thoughts="A greeting.") as up:
        outcome = upstream_calls.ask(wire, *by_key(up), THINKING, SHORT)
        answer = outcome.answer
        assert (answer.text, answer.thinking, answer.model) == ("Hello there.", "A greeting.", MODEL)
        assert (answer.finish_reason, answer.usage, answer.request_id) == (
            FinishReason.STOP,
            Usage(2, 4, reasoning=2),
            "resp_000001",
        )
        with upstream_calls.stream(wire, *by_key(up), THINKING, SHORT) as streamed:
            deltas = list(streamed)
        assert [delta.text for delta in deltas if delta.text] == ["Hello", " there."]
        assert "".join(delta.thinking for delta in deltas) == "A greeting."
        assert [delta.usage for delta in deltas if delta.usage][-1] == Usage(2, 4, reasoning=2)
        assert all("key" not in request.query for request in up.requests)
        assert all(KEY not in request.target for request in up.requests)


def test_a_word_arrives_before_the_next_is_thought_of(wire):
    with (
        Upstream.gemini(models=[MODEL], answer="one two three", pause_after=2) as up,
        upstream_calls.stream(wire, *by_key(up), ChatRequest(MODEL, HI), SHORT) as streamed,
    ):
        said = (delta.text for delta in streamed if delta is not PAUSE)
        assert [next(said), next(said)] == ["one", " two"]
        up.go.set()
        assert next(said) == " three"


def test_a_test_of_gemini_finds_what_is_wrong(wire):
    with Upstream.gemini(key=KEY, models=[MODEL, "gemini-2.0-flash"], answer="Hello there.") as up:
        assert probing.probe(wire, *by_key(up), MODEL).ok
        short = probing.probe(wire, *by_key(up), "gemini-2.0-flash")
        assert (short.ok, up.requests[-1].json["generationConfig"]) == (True, {"maxOutputTokens": 1})
        refused = probing.probe(wire, *by_key(up, key="AIzaWrong-0123456789"), MODEL)
        assert (refused.outcome, refused.category, refused.status) == ("failed", Category.AUTH, 400)
        missing = probing.probe(wire, *by_key(up), "gemini-9")
        assert (missing.category, missing.status) == (Category.MODEL_NOT_FOUND, 404)
        lost = Endpoint(TYPES["google"], f"{up.url}/wrong", Secret(KEY))
        assert probing.probe(wire, lost, frozenset({up.url}), MODEL).category is Category.ENDPOINT


def test_a_model_that_thought_until_the_limit_passes_the_test(wire):
    with Upstream.gemini(models=[MODEL], answer="Hello.", thoughts="word " * 40) as up:
        asked = ChatRequest(MODEL, HI, options={"include_thoughts": True, "max_output_tokens": 9})
        found = upstream_calls.ask(wire, *by_key(up), asked, SHORT)
        assert (found.answer.text, found.answer.finish_reason) == ("", FinishReason.LENGTH)


def test_a_blocked_prompt_says_so_and_a_blocked_test_is_a_pass(wire):
    with Upstream.gemini(models=[MODEL], blocked="ping") as up:
        verdict = probing.probe(wire, *by_key(up), MODEL)
        assert (verdict.ok, verdict.notes) == (True, (probing.FILTERED,))
        with upstream_calls.stream(
            wire, *by_key(up), ChatRequest(MODEL, (Message.of("user", "ping"),)), SHORT
        ) as streamed:
            assert [delta.finish_reason for delta in streamed if delta.finish_reason] == [FinishReason.CONTENT]


def test_a_stream_that_breaks_off_keeps_what_arrived(wire):
    frame = {"candidates": [{"content": {"parts": [{"text": "Hel"}]}, "index": 0}]}
    failing = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    for frames, drop_after, category in (
        ([frame, frame], 1, Category.CONNECT),
        ([frame], None, Category.CONNECT),
        ([frame, failing], None, Category.SERVER),
    ):
        with Upstream() as up:
            up.stream_sse(frames, drop_after=drop_after)
            with upstream_calls.stream(wire, *by_key(up), ChatRequest(MODEL, HI), SHORT) as streamed:
                assert next(delta.text for delta in streamed if delta is not PAUSE) == "Hel"
                with pytest.raises(UpstreamError) as caught:
                    list(streamed)
                assert (caught.value.fault.category, bool(caught.value.fault.hint)) == (category, True)


def test_a_refused_option_is_left_out_once_and_told(wire):
    said = {"error": {"code": 400, "message": "Penalty is not enabled for this model", "status": "INVALID_ARGUMENT"}}
    with Upstream.gemini(models=[MODEL]) as up:
        up.respond(400, json=said, times=1)
        asked = ChatRequest(MODEL, HI, options={"presence_penalty": 1, "temperature": 1})
        assert len(upstream_calls.ask(wire, *by_key(up), asked, SHORT).notes) == 1
        assert up.requests[-1].json["generationConfig"] == {"temperature": 1}


def test_every_page_of_geminis_list_is_read(wire):
    names = [f"gemini-{number}" for number in range(7)] + ["gemini-embedding-001"]
    with Upstream.gemini(key=KEY, models=names, page=3) as up:
        found = upstream_listing.list_all(wire, *by_key(up))
        assert [listing.wire_name for listing in found] == names
        assert [listing.chat for listing in found] == [True] * 7 + [False]
        assert found[0].context_limit == 1_048_576
        assert len(up.requests) == 3


def test_vertex_answers_gemini_and_claude_for_one_token(wire):
    claude = "claude-sonnet-4-5@20250929"
    with Upstream.vertex(models=[MODEL], claude_models=(claude,), answer="Hello there.") as up:
        there = by_account(up)
        for name in (MODEL, claude):
            assert probing.probe(wire, *there, name).ok
            with upstream_calls.stream(wire, *there, ChatRequest(name, HI), SHORT) as streamed:
                deltas = list(streamed)
            assert "".join(delta.text for delta in deltas) == "Hello there."
            assert [delta.finish_reason for delta in deltas if delta.finish_reason] == [FinishReason.STOP]
        assert [request.path for request in up.requests].count("/token") == 1
        verdict = probing.probe(wire, *there, claude)
        assert (verdict.reported_model, verdict.notes) == ("claude-sonnet-4-5", ())


def test_vertex_takes_a_bound_key_with_and_without_a_project(wire):
    with Upstream.vertex(key="AQ.bound-0123456789", models=[MODEL]) as up:
        endpoint, origins = by_key(up, "vertex", "AQ.bound-0123456789")
        assert probing.probe(wire, endpoint, origins, MODEL).ok
        placed = Endpoint(endpoint.type, endpoint.base_url, endpoint.secret, {"project": "acme-123"})
        assert probing.probe(wire, placed, origins, MODEL).ok
        assert up.requests[-1].path.startswith("/v1/projects/acme-123/locations/global/")
        refused = probing.probe(wire, *by_key(up, "vertex", KEY), MODEL)
        assert refused.category is Category.AUTH
        assert refused.fault is not None
        assert "AI Studio" in refused.fault.hint


def test_a_test_of_vertex_finds_what_is_wrong(wire):
    with Upstream.vertex(models=[MODEL], location="europe-west4") as up:
        assert probing.probe(wire, *by_account(up, location="europe-west4"), MODEL).ok
        for settings, model, category, words in (
            ({"location": "us"}, MODEL, Category.MODEL_NOT_FOUND, "location"),
            ({"location": "europe-west4"}, "gemini-9", Category.MODEL_NOT_FOUND, "location"),
            ({"location": "europe-west4", "project": "other-123"}, MODEL, Category.PERMISSION, "project id"),
        ):
            verdict = probing.probe(wire, *by_account(up, **settings), model)
            assert verdict.category is category
            assert verdict.fault is not None
            assert words in verdict.fault.hint


def test_vertex_lists_both_publishers_page_by_page(wire):
    with Upstream.vertex(
        models=["gemini-1", "gemini-2", "gemini-3"], claude_models=("claude-a", "claude-b"), page=2
    ) as up:
        found = [listing.wire_name for listing in upstream_listing.list_all(wire, *by_account(up))]
        assert found == ["gemini-1", "gemini-2", "gemini-3", "claude-a", "claude-b"]
        assert all(request.headers["x-goog-user-project"] == "acme-123" for request in up.requests[1:])
        up.script(steps.html(404), path="/v1beta1/publishers/anthropic/models")
        assert len(upstream_listing.list_all(wire, *by_account(up))) == 3


def test_an_account_that_gets_no_token_fails_the_test_with_the_reason(wire):
    with Upstream.vertex(models=[MODEL], account=account("other")) as up:
        verdict = probing.probe(wire, *by_account(up), MODEL)
        assert (verdict.outcome, verdict.category) == ("failed", Category.AUTH)
        assert verdict.fault is not None
        assert verdict.fault.detail.startswith("No token from 127.0.0.1.")
        assert [request.path for request in up.requests] == ["/token"]
