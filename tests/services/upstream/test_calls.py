"""Asking a provider over a real socket: answers, streams, adjustments, tests and listings."""

import functools
import json
import threading
from collections.abc import Iterator

import pytest

from portal.dialects import demo
from portal.dialects.assembly import collected
from portal.dialects.base import Endpoint, Limits
from portal.dialects.conversation import PAUSE, ChatRequest, FinishReason, Message, Text, ToolCall, Usage
from portal.dialects.provider_types.table import TYPES, destination
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, UpstreamError
from portal.domain.origins import origin_of
from portal.services.upstream import calls as upstream_calls
from portal.services.upstream import chat_stream, probing
from portal.services.upstream import listing as upstream_listing
from portal.wire import Wire
from tests.upstream import Upstream, steps

KEY = "sk-good-0123456789"
SHORT = Limits(connect=1.0, read=1.0, total=3.0)
LONG = Limits(connect=5.0, read=5.0, total=15.0)
CHAT_REQUEST = ChatRequest("gpt-4.1-mini", (Message.of("user", "Hi"),))


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire(EgressPolicy(), local={"demo": functools.partial(demo.answer, pause=0)})


@pytest.fixture
def openai() -> Iterator[Upstream]:
    with Upstream.openai(
        key=KEY, models=["gpt-4.1-mini", "gpt-5.2", "text-embedding-3-small"], answer="Hello there."
    ) as up:
        yield up


@pytest.fixture
def anthropic() -> Iterator[Upstream]:
    with Upstream.anthropic(key=KEY, models=["claude-haiku-4-5"], answer="Hello there.") as up:
        yield up


def to(up: Upstream, type: str = "openai", key: str | None = KEY) -> tuple[Endpoint, frozenset[str]]:
    endpoint = Endpoint(TYPES[type], up.base_url, Secret(key) if key else None)
    return endpoint, frozenset({origin_of(up.base_url)})


def refused(message: str, code: str | None = None) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def test_an_answer_comes_with_how_it_came(wire, openai):
    outcome = upstream_calls.ask(wire, *to(openai), CHAT_REQUEST, SHORT)
    assert outcome.answer.text == "Hello there."
    assert (outcome.answer.model, outcome.answer.finish_reason) == ("gpt-4.1-mini", FinishReason.STOP)
    assert outcome.answer.request_id
    assert outcome.status == 200
    assert outcome.url == f"{openai.base_url}/chat/completions"
    assert outcome.notes == ()


@pytest.mark.parametrize("type", ["openai", "anthropic"])
def test_a_stream_arrives_piece_by_piece(wire, openai, anthropic, type):
    up, name = {"openai": (openai, "gpt-4.1-mini"), "anthropic": (anthropic, "claude-haiku-4-5")}[type]
    with upstream_calls.stream(wire, *to(up, type), ChatRequest(name, CHAT_REQUEST.messages), SHORT) as streamed:
        deltas = [delta for delta in streamed if delta is not PAUSE]
    assert "".join(delta.text for delta in deltas) == "Hello there."
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == [FinishReason.STOP]
    assert [delta.usage for delta in deltas if delta.usage][-1] == Usage(1, 2)
    assert deltas[0].model == name
    assert streamed.status == 200


def test_the_demo_streams_without_a_network(wire):
    type = TYPES["demo"]
    there = Endpoint(type, type.base_url)
    where = destination(type, type.base_url, {})
    with upstream_calls.stream(wire, there, where, ChatRequest("demo-small", CHAT_REQUEST.messages), SHORT) as streamed:
        assert "no AI" in "".join(delta.text for delta in streamed)
    verdict = probing.probe(wire, there, where, "demo-small")
    assert verdict.ok
    assert [listing.wire_name for listing in upstream_listing.list_all(wire, there, where)] == list(demo.MODELS)


def test_what_a_provider_refuses_is_adjusted_once_each_and_told(wire, openai):
    openai.script(
        steps.respond(400, json=refused("Unsupported parameter: 'max_completion_tokens'", "unsupported_parameter")),
        steps.respond(400, json=refused("Unsupported value: 'temperature' does not support 0.2", "unsupported_value")),
        steps.respond(json={"model": "m", "choices": [{"message": {"content": "At last."}, "finish_reason": "stop"}]}),
    )
    chat_request = ChatRequest("m", CHAT_REQUEST.messages, options={"max_output_tokens": 5, "temperature": 0.2})
    outcome = upstream_calls.ask(wire, *to(openai), chat_request, SHORT)
    assert outcome.answer.text == "At last."
    assert len(outcome.notes) == 2
    asked = [json.loads(request.body) for request in openai.requests]
    assert [set(one) & {"max_tokens", "max_completion_tokens", "temperature"} for one in asked] == [
        {"max_completion_tokens", "temperature"},
        {"max_tokens", "temperature"},
        {"max_tokens"},
    ]


def test_a_request_is_adjusted_before_its_stream_begins(wire, openai):
    openai.script(steps.respond(400, json=refused("stream_options is not supported")), times=1)
    with upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT) as streamed:
        assert "".join(delta.text for delta in streamed) == "Hello there."
    assert len(streamed.notes) == 1
    assert "stream_options" not in json.loads(openai.requests[1].body)


def test_a_provider_that_refuses_both_ways_is_not_asked_for_ever(wire, openai):
    def fickle(exchange):
        field = "max_tokens" if "max_tokens" in exchange.request.json else "max_completion_tokens"
        steps.respond(400, json=refused(f"Unsupported parameter: {field}"))(exchange)

    openai.script(fickle)
    chat_request = ChatRequest("m", CHAT_REQUEST.messages, options={"max_output_tokens": 5})
    with pytest.raises(UpstreamError) as caught:
        upstream_calls.ask(wire, *to(openai), chat_request, SHORT)
    assert caught.value.fault.category is Category.REJECTED
    assert len(openai.requests) == 2


def test_adjusting_has_no_more_time_than_one_request(wire, openai):
    refusal = steps.respond(400, json=refused("Unsupported parameter: max_completion_tokens"))
    openai.script(steps.after(0.4, refusal), steps.after(0.4, openai.handler))  # each in time, and not both together
    chat_request = ChatRequest("m", CHAT_REQUEST.messages, options={"max_output_tokens": 5})
    with pytest.raises(UpstreamError) as caught:
        upstream_calls.ask(wire, *to(openai), chat_request, Limits(5.0, 5.0, 0.6))
    assert caught.value.fault.category is Category.TIMEOUT


def test_a_fault_from_the_wire_gets_the_types_hint(wire):
    up = Upstream()
    up.stop()
    with pytest.raises(UpstreamError) as caught:
        upstream_calls.ask(wire, *to(up, "ollama", None), CHAT_REQUEST, SHORT)
    assert caught.value.fault.category is Category.CONNECT
    assert caught.value.fault.hint


@pytest.mark.parametrize(
    ("step", "category"),
    [
        (steps.respond(401, json=refused("Incorrect API key", "invalid_api_key")), Category.AUTH),
        (steps.html(), Category.HTML),
        (steps.html(404), Category.ENDPOINT),
        (steps.redirect("https://login.example.com/"), Category.ENDPOINT),
        (steps.respond(json={"error": "Unexpected endpoint or method. (POST /x)"}), Category.ENDPOINT),
        (steps.respond(json={"models": []}), Category.SHAPE),
        (steps.respond(429, json=refused("Slow down", "rate_limit_exceeded")), Category.RATE_LIMIT),
        (steps.respond(text="hello"), Category.HTML),
        (steps.disconnect(), Category.CONNECT),
        (steps.break_body(), Category.CONNECT),
    ],
)
def test_every_refusal_is_classified_streamed_or_not(wire, step, category):
    with Upstream() as up:
        up.script(step)
        with pytest.raises(UpstreamError) as caught:
            upstream_calls.ask(wire, *to(up), CHAT_REQUEST, SHORT)
        assert caught.value.fault.category is category
        assert caught.value.fault.hint

        def read():
            with upstream_calls.stream(wire, *to(up), CHAT_REQUEST, SHORT) as streamed:
                return list(streamed)

        with pytest.raises(UpstreamError) as caught:
            read()
        assert caught.value.fault.category is category
        assert caught.value.fault.hint


def test_a_refusal_that_only_says_the_limit_was_reached_is_an_empty_answer(wire, openai):
    openai.script(steps.respond(400, json=refused("Could not finish: max_tokens or model output limit was reached.")))
    assert upstream_calls.ask(wire, *to(openai), CHAT_REQUEST, SHORT).answer.finish_reason is FinishReason.LENGTH
    with upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT) as streamed:
        assert [delta.finish_reason for delta in streamed if delta is not PAUSE] == [FinishReason.LENGTH]


def test_a_stream_that_breaks_keeps_what_came_and_is_told(wire, openai):
    frames = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("one ", "two ", "three")]
    openai.stream_sse(frames, drop_after=2, delay=0.05)
    arrived = []

    def read():
        for delta in upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT):
            arrived.extend([delta.text] if delta is not PAUSE else [])

    with pytest.raises(UpstreamError) as caught:
        read()
    assert arrived == ["one ", "two "]
    assert caught.value.fault.category is Category.CONNECT


def test_a_stream_that_holds_nothing_is_asked_for_once_more_as_a_whole(wire, openai):
    openai.stream_sse([], times=1)
    with upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT) as streamed:
        deltas = list(streamed)
    assert [delta.text for delta in deltas if delta is not PAUSE] == ["Hello there."]
    assert deltas[0].finish_reason is FinishReason.STOP
    assert chat_stream.ANSWERED_WHOLE in streamed.notes
    assert [request.json["stream"] for request in openai.requests] == [True, False]


WORDLESS = [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
COUNTS = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}


def test_an_end_without_words_and_counts_tells_the_refusal_that_it_hides(wire, openai):
    openai.respond(400, json=refused("This model's maximum context length is 512 tokens.", "context_length_exceeded"))
    openai.stream_sse(WORDLESS, times=1)
    with upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT) as streamed, pytest.raises(UpstreamError) as hid:
        list(streamed)
    assert hid.value.fault.category is Category.CONTEXT_LENGTH


def test_an_end_without_words_that_hides_nothing_is_an_empty_answer(wire, openai):
    openai.respond(json={"choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "stop"}]})
    openai.stream_sse(WORDLESS, times=1)
    with upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT) as streamed:
        deltas = list(streamed)
    assert not any(delta.text for delta in deltas)
    assert len(openai.requests) == 2


def test_an_empty_answer_that_was_counted_is_not_asked_for_again(wire, openai):
    openai.stream_sse([*WORDLESS, {"choices": [], "usage": COUNTS}])
    with upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT) as streamed:
        list(streamed)
    assert len(openai.requests) == 1


def test_an_empty_stream_tells_the_reason_that_the_whole_answer_gives(wire, openai):
    openai.respond(400, json=refused("This model's maximum context length is 512 tokens.", "context_length_exceeded"))
    openai.stream_sse([], times=1)

    def read():
        return list(upstream_calls.stream(wire, *to(openai), CHAT_REQUEST, SHORT))

    with pytest.raises(UpstreamError) as caught:
        read()
    assert caught.value.fault.category is Category.CONTEXT_LENGTH
    assert len(openai.requests) == 2


def test_whoever_closes_a_stream_gets_no_fault(wire):
    with Upstream.openai(models=["gpt-4.1-mini"], answer="a b c d", pause_after=2) as up:
        streamed = upstream_calls.stream(wire, *to(up), CHAT_REQUEST, Limits(5.0, 60.0, None))
        arrived = [next(streamed), next(streamed), next(streamed)]
        threading.Timer(0.1, streamed.close).start()
        arrived += list(streamed)  # a silence that nobody ends is a fault in the end, and would be raised here
        assert "".join(delta.text for delta in arrived) == "a b"
        assert list(streamed) == []
        streamed.close()


def test_a_good_test_says_what_answered(wire, openai):
    verdict = probing.probe(wire, *to(openai), "gpt-4.1-mini", SHORT)
    assert (verdict.outcome, verdict.category, verdict.fault) == ("ok", Category.OK, None)
    assert (verdict.status, verdict.reported_model) == (200, "gpt-4.1-mini")
    assert verdict.request_id
    assert verdict.latency_ms is not None
    assert verdict.url == f"{openai.base_url}/chat/completions"
    assert json.loads(openai.requests[0].body)["max_completion_tokens"] == 1


def test_a_reasoning_model_is_tested_with_sixteen_tokens(wire, openai):
    assert probing.probe(wire, *to(openai), "gpt-5.2", SHORT).ok
    assert json.loads(openai.requests[0].body)["max_completion_tokens"] == 16


def test_a_bad_test_says_why(wire, openai):
    verdict = probing.probe(wire, *to(openai, key="sk-wrong"), "gpt-4.1-mini", SHORT)
    assert (verdict.outcome, verdict.category, verdict.status) == ("failed", Category.AUTH, 401)
    assert verdict.fault
    assert verdict.fault.code == "invalid_api_key"
    assert verdict.url
    missing = probing.probe(wire, *to(openai), "gpt-9", SHORT)
    assert missing.category is Category.MODEL_NOT_FOUND


def test_what_is_missing_is_said_before_anything_is_sent(wire, openai):
    endpoint, where = to(openai, key=None)
    assert probing.probe(wire, endpoint, where, "m").category is Category.NEED_KEY
    endpoint, where = to(openai)
    assert probing.probe(wire, endpoint, where, " ").category is Category.NEED_MODEL
    nowhere = Endpoint(TYPES["openai_compatible"], "", None)
    verdict = probing.probe(wire, nowhere, frozenset(), "m")
    assert (verdict.category, verdict.outcome, verdict.status) == (Category.NEED_URL, "not_testable", None)
    assert verdict.fault
    assert verdict.fault.hint
    assert openai.requests == []


@pytest.mark.parametrize("reports", ["another-model", ""])
def test_a_test_tells_when_another_model_answered(wire, reports):
    with Upstream.openai(models=["mine"], reports=reports) as up:
        verdict = probing.probe(wire, *to(up, "lm_studio", None), "mine", SHORT)
    assert verdict.ok
    assert bool(verdict.notes) is bool(reports)
    assert verdict.reported_model == (reports or "mine")


@pytest.mark.parametrize(
    "step",
    [
        steps.respond(
            json={"model": "m", "choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]}
        ),
        steps.respond(400, json=refused("No.", "content_policy_violation")),
    ],
)
def test_a_filtered_test_word_proves_that_the_rest_works(wire, openai, step):
    openai.script(step)
    verdict = probing.probe(wire, *to(openai), "m", SHORT)
    assert verdict.ok
    assert probing.FILTERED in verdict.notes


def test_a_whole_listing_is_brought(wire, openai):
    listings = upstream_listing.list_all(wire, *to(openai), SHORT)
    assert [listing.wire_name for listing in listings if listing.chat] == ["gpt-4.1-mini", "gpt-5.2"]
    assert listings[0].context_limit == 1_047_576


def test_pages_are_followed_to_their_end(wire, anthropic):
    def page(exchange):
        after = exchange.request.target.partition("after_id=")[2]
        number = int(after or 0)
        rows = [{"id": str(number + 1), "type": "model"}]
        steps.respond(json={"data": rows, "has_more": number < 2, "last_id": str(number + 1)})(exchange)

    anthropic.script(page)
    assert [one.wire_name for one in upstream_listing.list_all(wire, *to(anthropic, "anthropic"), SHORT)] == [
        "1",
        "2",
        "3",
    ]


def test_a_listing_that_never_ends_is_ended(wire, anthropic):
    anthropic.respond(json={"data": [{"id": "a"}], "has_more": True, "last_id": "a"})
    assert len(upstream_listing.list_all(wire, *to(anthropic, "anthropic"), SHORT)) == 1
    assert len(anthropic.requests) == 2


def test_a_refused_listing_is_a_fault(wire, openai):
    with pytest.raises(UpstreamError) as caught:
        upstream_listing.list_all(wire, *to(openai, key="sk-wrong"), SHORT)
    assert caught.value.fault.category is Category.AUTH
    assert caught.value.fault.hint


def listed_by(wire: Wire, up: Upstream, type: str, limits: Limits = SHORT) -> list[tuple[str, int | None, bool]]:
    there, where = to(up, type, None)
    return [
        (one.wire_name, one.context_limit, one.chat) for one in upstream_listing.list_all(wire, there, where, limits)
    ]


@pytest.mark.parametrize(
    ("type", "known"),
    [
        ("ollama", [("qwen3:8b", 40_960, True), ("all-minilm:latest", 512, False)]),
        ("lm_studio", [("qwen/qwen3-8b", 8_192, True), ("nomic-v2", 2_048, False)]),
        ("llama_cpp", [("tiny.gguf", 4_096, True)]),
    ],
)
def test_a_server_of_ones_own_tells_limits_and_who_chats(wire, type, known):
    with Upstream.local(type) as up:
        assert listed_by(wire, up, type) == known


def test_an_older_lm_studio_is_asked_at_its_older_path(wire):
    with Upstream.local("lm_studio", older=True) as up:
        assert listed_by(wire, up, "lm_studio") == [("qwen/qwen3-8b", 40_960, True), ("nomic-v2", 2_048, False)]
        assert [request.path for request in up.requests] == ["/v1/models", "/api/v1/models", "/api/v0/models"]


def test_one_that_cannot_be_shown_leaves_the_others_be(wire):
    with Upstream.local("ollama") as up:
        up.script(steps.respond(404, json={"error": "model not found"}), path="/api/show", times=1)
        assert listed_by(wire, up, "ollama") == [("qwen3:8b", None, True), ("all-minilm:latest", 512, False)]


@pytest.mark.parametrize("type", ["ollama", "lm_studio", "llama_cpp"])
@pytest.mark.parametrize(
    "step",
    [
        steps.respond(500, text="oops"),
        steps.respond(404, text="404 page not found"),
        steps.respond(json=[1, None, "x"]),
        steps.respond(json={"models": 1, "model_info": "x", "capabilities": None}),
        steps.respond(body=b"\xff"),
        steps.disconnect(),
    ],
)
def test_details_that_fail_cost_nothing(wire, type, step):
    with Upstream.local(type) as up:
        listing = up.handler.listing()
        up.script(step)
        up.respond(json=listing, path="/v1/models")
        found = listed_by(wire, up, type)
    assert [name for name, _, _ in found] == [row["id"] for row in listing["data"]]
    assert all(limit in (None, 32_768) and chat for _, limit, chat in found)


def test_a_server_that_hangs_on_the_first_question_is_asked_no_other(wire):
    with Upstream.local("ollama") as up:
        up.script(steps.silence(), path="/api/show")
        found = listed_by(wire, up, "ollama", Limits(connect=5.0, read=0.5, total=30.0))
        assert [limit for _, limit, _ in found] == [None, None]
        assert len(up.requests) == 2


def test_only_so_many_models_are_asked_about(wire):
    with Upstream.local("ollama") as up:
        rows = [{"id": f"m{number}"} for number in range(upstream_listing.MOST_DETAILS + 5)]
        up.respond(json={"object": "list", "data": rows}, path="/v1/models")
        assert len(listed_by(wire, up, "ollama")) == upstream_listing.MOST_DETAILS + 5
        assert len(up.requests) == 1 + upstream_listing.MOST_DETAILS


def test_a_model_that_answers_to_responses_alone_is_asked_there_whole_and_streamed(wire):
    output = [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "ENC"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello there."}]},
    ]
    answer = {"id": "resp_1", "model": "gpt-5-pro", "status": "completed", "output": output}
    answer["usage"] = {"input_tokens": 2, "output_tokens": 3}
    event = f"event: response.completed\ndata: {json.dumps({'type': 'response.completed', 'response': answer})}\n\n"
    stream = steps.respond(body=event.encode(), headers={"Content-Type": "text/event-stream"})
    request = ChatRequest("gpt-5-pro", CHAT_REQUEST.messages)
    with Upstream() as up:
        up.script(steps.respond(json=answer), stream)
        outcome = upstream_calls.ask(wire, *to(up), request, SHORT)
        assert (outcome.answer.text, outcome.url) == ("Hello there.", f"{up.base_url}/responses")
        with upstream_calls.stream(wire, *to(up), request, SHORT) as streamed:
            assert "".join(delta.text for delta in streamed) == "Hello there."
        assert [json.loads(seen.body)["store"] for seen in up.requests] == [False, False]


def test_a_tool_call_of_an_answer_that_is_asked_for_again_whole_is_not_lost(wire):
    call = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    message = {"role": "assistant", "content": "Look.", "tool_calls": [call]}
    whole = {"model": "gpt-4.1-mini", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    with Upstream() as up:
        silent = steps.respond(body=b"", headers={"Content-Type": "text/event-stream"})
        up.script(silent, steps.respond(json=whole))
        with upstream_calls.stream(wire, *to(up), CHAT_REQUEST, LONG) as streamed:
            answer = collected(streamed)
    assert answer.parts == (Text("Look."), ToolCall("a", "weather", "{}"))
    assert answer.finish_reason is FinishReason.TOOL
