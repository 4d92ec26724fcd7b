"""OpenAI's dialect beyond what every dialect does."""

import json

import pytest

from portal.dialects import openai
from portal.dialects.base import Endpoint, Listing, UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import ChatDelta, ChatRequest, FinishReason, Message
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from tests.dialects.recordings import chunk, endpoint, question, sse


def body(request: UpstreamRequest) -> dict:
    return json.loads(request.body or b"{}")


def test_a_request_is_exactly_this():
    there = endpoint("openai", organization="org-1", project="")
    assert openai.chat(there, question("gpt-5.2", max_output_tokens=9), stream=False) == UpstreamRequest(
        "POST",
        "https://api.openai.com/v1/chat/completions",
        {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "OpenAI-Organization": "org-1",
            "Authorization": Secret("sk-recorded-0123456789", "Bearer "),
        },
        b'{"model":"gpt-5.2","messages":[{"role":"system","content":"Be brief."},'
        b'{"role":"user","content":"Say hello."}],"max_completion_tokens":9,"stream":false}',
    )


def test_what_is_not_set_is_not_sent():
    sent = body(
        openai.chat(
            endpoint("ollama"), ChatRequest("m", (Message.of("user", "x"),), options={"top_p": None}), stream=False
        )
    )
    assert set(sent) == {"model", "messages", "stream"}


def test_zero_is_a_temperature():
    assert body(openai.chat(endpoint("ollama"), question(temperature=0), stream=False))["temperature"] == 0


def test_a_stream_asks_for_the_count_of_tokens():
    sent = body(openai.chat(endpoint("vllm"), question(max_output_tokens=5, temperature=0.3, top_p=0.9), stream=True))
    assert sent["stream_options"] == {"include_usage": True}
    assert (sent["max_tokens"], sent["temperature"], sent["top_p"]) == (5, 0.3, 0.9)


def test_extra_headers_are_sent_and_the_key_cannot_be_displaced():
    there = Endpoint(TYPES["openai_compatible"], "https://x.example/v1/", Secret("k"), {}, {"X-Team": Secret("t")})
    request = openai.chat(there, question(), stream=False)
    assert request.url == "https://x.example/v1/chat/completions"
    assert request.headers["X-Team"] == Secret("t")
    assert request.headers["Authorization"] == Secret("Bearer k")


def read(*frames: object, done: bool = True, headers: dict[str, str] | None = None) -> list[ChatDelta]:
    return list(openai.read_stream(endpoint("openai"), headers or {}, [sse(*frames, done=done)]))


def test_an_empty_answer_that_reached_its_limit_is_an_answer():
    whole = {"model": "m", "choices": [{"message": {"content": None}, "finish_reason": "length"}]}
    answer = openai.read_chat(endpoint("openai"), UpstreamResponse(200, {}, json.dumps(whole).encode()))
    assert (answer.text, answer.finish_reason, answer.usage) == ("", FinishReason.LENGTH, None)


def test_the_refusal_that_only_says_the_limit_was_reached_is_an_answer():
    refused_body = {
        "error": {"message": "Could not finish the message because max_tokens or model output limit was reached."}
    }
    assert (
        openai.read_chat(endpoint("openai"), UpstreamResponse(400, {}, json.dumps(refused_body).encode())).finish_reason
        is FinishReason.LENGTH
    )
    assert read(refused_body) == [ChatDelta(finish_reason=FinishReason.LENGTH)]


@pytest.mark.parametrize(
    ("message", "text", "thinking"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab", ""),
        ({"content": [{"type": "thinking", "text": "t"}, {"type": "text", "text": "b"}]}, "b", "t"),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}]}, "", "t"),
        ({"content": None, "refusal": "I will not."}, "I will not.", ""),
        ({"content": "x", "reasoning": "r"}, "x", "r"),
        ({"content": {"odd": 1}, "reasoning": ["odd"]}, "", ""),
        (None, "", ""),
        ({"content": "a\x00b\ud83d"}, "ab\ufffd", ""),
    ],
)
def test_content_is_read_in_its_many_shapes(message, text, thinking):
    response = UpstreamResponse(200, {}, json.dumps({"choices": [{"message": message}]}).encode())
    answer = openai.read_chat(endpoint("openai"), response)
    assert (answer.text, answer.thinking) == (text, thinking)


def test_only_the_first_choice_counts():
    frame = {"choices": [{"index": 1, "delta": {"content": "no"}}, {"index": 0, "delta": {"content": "yes"}}]}
    assert [delta.text for delta in read(frame, chunk(None, "stop")) if delta.text] == ["yes"]


def test_events_without_choices_pass():
    frames = ({"choices": [], "prompt_filter_results": []}, {"type": "ping"}, chunk("hi", "stop"), {"choices": None})
    assert "".join(delta.text for delta in read(*frames)) == "hi"


@pytest.mark.parametrize("done", [True, False])
def test_an_end_is_a_finish_or_the_last_event(done):
    assert read(chunk("hi", "stop"), done=done)[-1].finish_reason is FinishReason.STOP
    assert read(chunk("hi"))[-1].text == "hi"


def test_nothing_after_the_end_is_waited_for():
    def chunks():
        yield sse(chunk("hi", "stop"))
        raise AssertionError("asked for more")

    assert len(list(openai.read_stream(endpoint("openai"), {}, chunks()))) == 1


def test_a_stream_without_an_end_is_dropped_and_keeps_what_came():
    deltas = openai.read_stream(endpoint("openai"), {}, [sse(chunk("hi"), done=False)])
    assert next(deltas).text == "hi"
    with pytest.raises(UpstreamError) as caught:
        next(deltas)
    assert caught.value.fault.category is Category.CONNECT
    assert "dropped" in caught.value.fault.hint


@pytest.mark.parametrize("stream", [b"", b"\n\n", b": ping\n\n", b"\xef\xbb\xbf"])
def test_a_stream_of_nothing_is_dropped(stream):
    with pytest.raises(UpstreamError) as caught:
        list(openai.read_stream(endpoint("openai"), {}, [stream]))
    assert caught.value.fault.category is Category.CONNECT


@pytest.mark.parametrize(
    ("frame", "category"),
    [
        (b'data: {"error":{"message":"overloaded","type":"server_error","code":null}}\n\n', Category.SERVER),
        (b'event: error\ndata: {"message":"You are over","code":"insufficient_quota"}\n\n', Category.BILLING),
        (b"event: error\ndata: it broke\n\n", Category.REJECTED),
        (b'data: {"error":"llama runner process has terminated"}\n\n', Category.SERVER),
        (b'data: {"choices":[{"index":0,"finish_reason":"error","error":{"code":502}}]}\n\n', Category.SERVER),
        (b'data: [{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}]\n\n', Category.RATE_LIMIT),
        (b"data: {broken\n\n", Category.SHAPE),
    ],
)
def test_an_error_inside_a_stream_is_raised_after_what_came_before(frame, category):
    headers = {"x-request-id": "req_9"}
    deltas = openai.read_stream(endpoint("openai"), headers, [sse(chunk("hi"), done=False), frame])
    assert next(deltas).text == "hi"
    with pytest.raises(UpstreamError) as caught:
        list(deltas)
    assert caught.value.fault.category is category
    assert caught.value.fault.request_id == "req_9"


@pytest.mark.parametrize(
    ("stream", "category"),
    [
        (b"<!doctype html><title>Sign in</title>", Category.HTML),
        (b'{"error":{"message":"No.","code":"invalid_api_key"}}', Category.AUTH),
        (b"welcome", Category.HTML),
    ],
)
def test_a_stream_that_is_none_is_classified_like_any_response(stream, category):
    with pytest.raises(UpstreamError) as caught:
        list(openai.read_stream(endpoint("openai"), {}, [stream[:3], stream[3:]]))
    assert caught.value.fault.category is category


def listed(type_name: str, *rows: object) -> tuple[Listing, ...]:
    there = endpoint(type_name)
    request = openai.list_models(there)
    assert request is not None
    return openai.read_models(there, request, UpstreamResponse(200, {}, json.dumps({"data": rows}).encode())).listings


def test_models_of_openai_that_do_not_chat_are_marked():
    names = "gpt-5.2 o3 chatgpt-x ft:gpt-4o:acme gpt-4o-audio gpt-image-1 gpt-5.2-pro o3-deep-research gpt-5-codex "
    names += "text-embedding-3-small whisper-1 gpt-4o-mini-tts gpt-5-search-api babbage-002 omni-moderation"
    chatting = {
        listing.wire_name for listing in listed("openai", *({"id": name} for name in names.split())) if listing.chat
    }
    assert chatting == {"gpt-5.2", "o3", "chatgpt-x", "ft:gpt-4o:acme", "gpt-5.2-pro", "gpt-5-codex"}


def test_models_of_other_servers_that_do_not_chat_are_marked():
    rows = [{"id": "nomic-embed-text"}, {"id": "bge-m3"}, {"id": "qwen3:8b"}, {"id": "x", "type": "embedding"}]
    assert [listing.chat for listing in listed("ollama", *rows)] == [False, False, True, False]


def test_limits_are_read_from_every_field_that_names_them():
    rows = [
        {"id": "a", "context_window": 8192, "max_completion_tokens": 1024},
        {"id": "b", "meta": {"n_ctx": 2048, "n_ctx_train": 4096}},
        {"id": "c", "meta": None, "max_model_len": "odd"},
        {"id": "gpt-4o"},
    ]
    found = [(listing.context_limit, listing.output_limit) for listing in listed("vllm", *rows)]
    assert found == [(8192, 1024), (2048, None), (None, None), (128_000, 16_384)]


def test_a_limit_that_a_row_leaves_open_is_marked_as_the_familys():
    rows = listed("openai", {"id": "gpt-4o"}, {"id": "gpt-4o-mini", "context_window": 128_000})
    assert [(row.context_limit, row.from_family) for row in rows] == [(128_000, True), (128_000, False)]


def test_an_odd_listing_loses_only_its_odd_rows():
    assert [listing.wire_name for listing in listed("ollama", None, 3, {"id": ""}, {"id": "a"}, {"id": "a"})] == ["a"]


@pytest.mark.parametrize(("answer", "names"), [({"object": "list", "data": None}, ()), ([], ()), ({"data": []}, ())])
def test_an_empty_listing_is_empty(answer, names):
    response = UpstreamResponse(200, {}, json.dumps(answer).encode())
    assert openai.read_models(endpoint("ollama"), UpstreamRequest("GET", "x"), response).listings == names


def test_another_servers_listing_has_the_wrong_shape():
    with pytest.raises(UpstreamError) as caught:
        openai.read_models(endpoint("ollama"), UpstreamRequest("GET", "x"), UpstreamResponse(200, {}, b'{"models":[]}'))
    assert caught.value.fault.category is Category.SHAPE


def refusal(detail: str, code: str = "") -> Fault:
    return Fault(Category.REJECTED, detail, status=400, code=code)


ADJUSTED = [
    (
        {"max_tokens": 1},
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        {"max_completion_tokens": 1},
    ),
    ({"max_completion_tokens": 1}, "Unrecognized request argument supplied: max_completion_tokens", {"max_tokens": 1}),
    ({"max_completion_tokens": 1}, "body.max_completion_tokens: Extra inputs are not permitted", {"max_tokens": 1}),
    ({"temperature": 0.2, "top_p": 1}, "'temperature' does not support 0.2 with this model.", {"top_p": 1}),
    ({"temperature": 0.2, "top_p": 1}, "Unsupported parameter: 'top_p'", {"temperature": 0.2}),
    ({"temperature": 0.2, "top_p": 1}, "temperature and top_p cannot both be specified", {"temperature": 0.2}),
    ({"stream_options": {}}, "stream_options is not supported", {}),
]


@pytest.mark.parametrize(("before", "complaint", "after"), ADJUSTED)
def test_the_one_thing_complained_of_is_changed_and_noted(before, complaint, after):
    request = UpstreamRequest(
        "POST", "https://x.example", {"A": "b"}, json.dumps({"model": "m", **before}).encode(), True
    )
    adjusted = openai.adjust(endpoint("openai"), request, refusal(complaint))
    assert adjusted is not None
    changed, note = adjusted
    assert body(changed) == {"model": "m", **after}
    assert (changed.url, changed.headers, changed.stream) == (request.url, request.headers, True)
    assert note.endswith(".")
    assert "the portal" in note


@pytest.mark.parametrize(
    "fault",
    [
        refusal("max_tokens is too large: 9999. This model supports at most 4096 completion tokens."),
        refusal("temperature: must be at most 2", "decimal_above_max_value"),
        refusal("Unsupported parameter: 'seed'"),
        Fault(Category.AUTH, "max_tokens is not supported"),
    ],
)
def test_nothing_else_is_changed(fault):
    request = UpstreamRequest("POST", "x", {}, b'{"max_tokens":9999,"temperature":3}')
    assert openai.adjust(endpoint("openai"), request, fault) is None
    assert openai.adjust(endpoint("openai"), UpstreamRequest("GET", "x"), fault) is None
