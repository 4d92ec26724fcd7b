"""Anthropic's dialect beyond what every dialect does."""

import json
from datetime import date

import pytest

from portal.dialects import anthropic
from portal.dialects.base import UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import ChatDelta, ChatRequest, FinishReason, Message, Usage
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from tests.dialects.recordings import endpoint, named, question


def body(request: UpstreamRequest) -> dict:
    return json.loads(request.body or b"{}")


def test_a_request_is_exactly_this():
    assert anthropic.chat(
        endpoint("anthropic"), question("claude-sonnet-4-5", max_output_tokens=9), stream=True
    ) == UpstreamRequest(
        "POST",
        "https://api.anthropic.com/v1/messages",
        {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "anthropic-version": "2023-06-01",
            "x-api-key": Secret("sk-recorded-0123456789"),
        },
        b'{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"Say hello."}],'
        b'"system":"Be brief.","stream":true}',
        True,
    )


@pytest.mark.parametrize(
    ("wire_name", "tokens"),
    [
        ("claude-opus-5", 32_000),
        ("claude-3-haiku-20240307", 4_096),
        ("claude-3-5-haiku-latest", 8_192),
        ("else", 4_096),
    ],
)
def test_a_limit_is_always_sent(wire_name, tokens):
    assert body(anthropic.chat(endpoint("anthropic"), question(wire_name), stream=False))["max_tokens"] == tokens


@pytest.mark.parametrize(
    ("wire_name", "version", "sent"),
    [
        ("claude-sonnet-4-5", "", True),
        ("claude-opus-5-5", "", False),
        ("claude-opus-4-7-20260416", "", False),
        ("claude-sonnet-5", "", False),
        ("claude-haiku-5-5", "", False),
        ("claude-sonnet-4-5", "2026-10-21", False),
    ],
)
def test_sampling_is_left_out_where_it_would_be_refused(wire_name, version, sent):
    there = endpoint("anthropic", api_version=version)
    assert ("temperature" in body(anthropic.chat(there, question(wire_name, temperature=1), stream=False))) is sent


@pytest.mark.parametrize(
    ("wire_name", "options", "sent"),
    [
        (
            "claude-sonnet-4-6",
            {"thinking_budget": 4_000, "effort": "low"},
            {
                "max_tokens": 32_000,
                "thinking": {"type": "enabled", "budget_tokens": 4_000},
                "output_config": {"effort": "low"},
            },
        ),
        (
            "claude-opus-4",
            {"thinking_budget": 31_000},
            {"max_tokens": 32_000, "thinking": {"type": "enabled", "budget_tokens": 31_000}},
        ),
        (
            "claude-sonnet-4-6",
            {"thinking_budget": 50_000},
            {"max_tokens": 54_096, "thinking": {"type": "enabled", "budget_tokens": 50_000}},
        ),
        # A row that was saved before the two were compared: what fits is sent, else nothing.
        (
            "claude-sonnet-4-6",
            {"thinking_budget": 9_000, "max_output_tokens": 3_000},
            {"max_tokens": 3_000, "thinking": {"type": "enabled", "budget_tokens": 2_999}},
        ),
        ("claude-sonnet-4-6", {"thinking_budget": 9_000, "max_output_tokens": 500}, {"max_tokens": 500}),
        (
            "claude-opus-5-5",
            {"thinking_budget": 4_000, "temperature": 1, "top_k": 3},
            {"max_tokens": 32_000, "thinking": {"type": "adaptive", "display": "summarized"}},
        ),
        ("claude-3-haiku", {"thinking_budget": 2_000, "effort": "low", "top_k": 4}, {"max_tokens": 4_096, "top_k": 4}),
        (
            "claude-sonnet-4-6",
            {"thinking_budget": 4_000, "temperature": 0.3, "top_p": 0.97, "top_k": 3},
            {"max_tokens": 32_000, "top_p": 0.97, "thinking": {"type": "enabled", "budget_tokens": 4_000}},
        ),
    ],
)
def test_thinking_is_asked_for_as_the_family_takes_it(wire_name, options, sent):
    request = anthropic.chat(
        endpoint("anthropic"), ChatRequest(wire_name, (Message.of("user", "Hi"),), options=options), stream=False
    )
    body = json.loads(request.body or b"")
    assert {key: value for key, value in body.items() if key not in ("model", "messages", "stream")} == sent


def test_neighbours_of_one_role_become_one_message_and_blank_ones_none():
    messages = (
        Message.of("user", "a"),
        Message.of("user", "b"),
        Message.of("assistant", " "),
        Message.of("assistant", "c"),
        Message.of("user", "d"),
    )
    sent = body(anthropic.chat(endpoint("anthropic"), ChatRequest("m", messages), stream=False))
    assert sent["messages"] == [
        {"role": "user", "content": "a\n\nb"},
        {"role": "assistant", "content": "c"},
        {"role": "user", "content": "d"},
    ]
    assert "system" not in sent


START = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 1}}}
WORD = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}}


def read(*frames: dict) -> list[ChatDelta]:
    return list(anthropic.read_stream(endpoint("anthropic"), {"request-id": "req_2"}, [named(*frames)]))


@pytest.mark.parametrize(
    ("reason", "finish_reason"),
    [
        ("end_turn", FinishReason.STOP),
        ("stop_sequence", FinishReason.STOP),
        ("max_tokens", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("tool_use", FinishReason.TOOL),
        ("refusal", FinishReason.CONTENT),
        ("pause_turn", FinishReason.OTHER),
    ],
)
def test_every_reason_to_stop_is_understood(reason, finish_reason):
    end = {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 4}}
    assert read(START, WORD, end)[-1].finish_reason is finish_reason
    whole = {"type": "message", "content": [], "stop_reason": reason, "usage": {}}
    assert (
        anthropic.read_chat(endpoint("anthropic"), UpstreamResponse(200, {}, json.dumps(whole).encode())).finish_reason
        is finish_reason
    )


@pytest.mark.parametrize(
    ("frame", "category"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, Category.SERVER),
        ({"type": "error", "error": {"type": "rate_limit_error", "message": "Slow"}}, Category.RATE_LIMIT),
        ({"type": "error", "message": "odd"}, Category.REJECTED),
        ({"type": "error"}, Category.REJECTED),
    ],
)
def test_an_error_inside_a_stream_is_raised_after_what_came_before(frame, category):
    stream = anthropic.read_stream(endpoint("anthropic"), {"request-id": "req_2"}, [named(START, WORD, frame)])
    assert [next(stream).model, next(stream).text] == ["m", "hi"]
    with pytest.raises(UpstreamError) as caught:
        next(stream)
    assert caught.value.fault.category is category
    assert caught.value.fault.request_id == "req_2"


def test_a_stream_without_an_end_is_dropped():
    with pytest.raises(UpstreamError) as caught:
        read(START, WORD)
    assert caught.value.fault.category is Category.CONNECT


def test_an_openai_answer_has_the_wrong_shape():
    with pytest.raises(UpstreamError) as caught:
        anthropic.read_chat(endpoint("anthropic"), UpstreamResponse(200, {}, b'{"choices":[]}'))
    assert caught.value.fault.category is Category.SHAPE


def test_pages_are_followed_by_the_last_id():
    there = endpoint("anthropic")
    first = anthropic.list_models(there)
    assert first is not None
    response = UpstreamResponse(200, {}, b'{"data":[{"id":"a"}],"has_more":true,"last_id":"a/b&c"}')
    page = anthropic.read_models(there, first, response)
    assert page.next == UpstreamRequest(
        "GET", "https://api.anthropic.com/v1/models?limit=1000&after_id=a%2Fb%26c", first.headers
    )
    assert (
        anthropic.read_models(there, page.next, UpstreamResponse(200, {}, b'{"data":[],"has_more":true}')).next is None
    )


def test_what_a_model_refuses_is_left_out_and_noted():
    request = UpstreamRequest("POST", "x", {}, b'{"model":"m","temperature":0.5,"top_p":0.9}')
    fault = Fault(Category.REJECTED, "`temperature` and `top_p` cannot both be specified for this model.")
    adjusted = anthropic.adjust(endpoint("anthropic"), request, fault)
    assert adjusted is not None
    assert body(adjusted[0]) == {"model": "m", "temperature": 0.5}
    fault = Fault(Category.REJECTED, "temperature: is deprecated for this model")
    adjusted = anthropic.adjust(endpoint("anthropic"), request, fault)
    assert adjusted is not None
    assert body(adjusted[0]) == {"model": "m", "top_p": 0.9}


@pytest.mark.parametrize(
    ("counted", "usage"),
    [
        ({"cache_creation_input_tokens": 30}, Usage(40, 2, 0, 30)),
        (
            {
                "cache_creation_input_tokens": 30,
                "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
            },
            Usage(40, 2, 0, 10, 20),
        ),
        (
            {"cache_read_input_tokens": 5, "cache_creation": {"ephemeral_1h_input_tokens": 20}},
            Usage(35, 2, 5, 0, 20),
        ),
        ({"cache_creation_input_tokens": 30, "cache_creation": None}, Usage(40, 2, 0, 30)),
    ],
)
def test_what_is_written_to_a_cache_is_split_by_how_long_it_lives(counted, usage):
    whole = {"type": "message", "content": [], "usage": {"input_tokens": 10, "output_tokens": 2, **counted}}
    answer = anthropic.read_chat(endpoint("anthropic"), UpstreamResponse(200, {}, json.dumps(whole).encode()))
    assert answer.usage == usage
    start = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 10, **counted}}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}
    assert read(start, end, {"type": "message_stop"})[-1].usage == usage


def test_a_listing_tells_limits_abilities_and_the_day_a_model_goes():
    row = {
        "id": "claude-sonnet-4-5",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
        "lifecycle": "deprecated",
        "retires_at": "2026-11-30T00:00:00Z",
        "capabilities": {"thinking": {"supported": True, "types": []}, "image_input": {"supported": False}},
    }
    request = anthropic.list_models(endpoint("anthropic"))
    response = UpstreamResponse(200, {}, json.dumps({"data": [row]}).encode())
    (listing,) = anthropic.read_models(endpoint("anthropic"), request, response).listings
    assert (listing.from_family, listing.output_from_family, listing.retired) == (False, False, True)
    assert listing.retires_on == date(2026, 11, 30)
    assert listing.abilities == {"reasoning": True, "vision": False}
    assert listing.modalities == (), "it does not say whether the model takes PDF files"


@pytest.mark.parametrize(
    ("image", "pdf", "modalities"),
    [
        ({"supported": True}, {"supported": True}, ("input:text", "input:image", "input:pdf", "output:text")),
        ({"supported": True}, {"supported": False}, ("input:text", "input:image", "output:text")),
        ({"supported": False}, {"supported": False}, ("input:text", "output:text")),
        ({"supported": True}, {"supported": "perhaps"}, ()),
        ({"supported": True}, None, ()),
        (None, {"supported": True}, ()),
    ],
)
def test_a_listing_tells_what_a_model_takes_where_it_tells_of_all(image, pdf, modalities):
    row = {"id": "claude-sonnet-4-5", "capabilities": {"image_input": image, "pdf_input": pdf}}
    request = anthropic.list_models(endpoint("anthropic"))
    response = UpstreamResponse(200, {}, json.dumps({"data": [row]}).encode())
    (listing,) = anthropic.read_models(endpoint("anthropic"), request, response).listings
    assert listing.modalities == modalities
