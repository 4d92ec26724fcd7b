"""Responses: what is asked and what is answered, whole and streamed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from portal.dialects import dialect_for, openai, responses
from portal.dialects.assembly import collected
from portal.dialects.base import Endpoint, UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import (
    ChatRequest,
    ChatResponse,
    Document,
    FinishReason,
    Image,
    Message,
    Reasoning,
    ResponseFormat,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    Usage,
)
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from tests.dialects.conversations.spoken import ANSWER, PATCH, PNG, SCHEMA, WEATHER, body, everything
from tests.dialects.recordings import KEY, endpoint, named
from tests.dialects.test_robustness import bodies, headers, statuses, tried

THERE = endpoint("openai")
HELLO = Message.of("user", "x")


def asked(chat_request: ChatRequest) -> dict:
    return body(responses.chat(THERE, chat_request, stream=False))


def test_a_request_is_exactly_this():
    request = ChatRequest("gpt-5-pro", (HELLO,), "Be brief.", {"max_output_tokens": 1, "reasoning_effort": "high"})
    assert responses.chat(THERE, request, stream=True) == UpstreamRequest(
        "POST",
        "https://api.openai.com/v1/responses",
        {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": Secret(KEY, "Bearer "),
        },
        b'{"model":"gpt-5-pro","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}],'
        b'"store":false,"instructions":"Be brief.","max_output_tokens":16,"reasoning":{"effort":"high"},'
        b'"include":["reasoning.encrypted_content"],"stream":true}',
        stream=True,
    )


def test_azure_is_asked_under_its_own_paths():
    there = Endpoint(TYPES["azure"], "https://acme.openai.azure.com", Secret(KEY))
    request = responses.chat(there, ChatRequest("gpt-5-pro", (HELLO,)), stream=False)
    assert request.url == "https://acme.openai.azure.com/openai/v1/responses"
    assert request.headers["api-key"] == Secret(KEY)


def test_everything_is_written():
    request = everything("gpt-4.1", verbosity="low")
    sent = asked(ChatRequest(**{**vars(request), "stop": ()}))
    other = sent["input"][4].pop("call_id")
    assert sent["input"][6].pop("call_id") == other
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}
    file = {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}

    def said(role: str, *content: dict) -> dict:
        return {"type": "message", "role": role, "content": list(content)}

    def words(text: str) -> dict:
        return {"type": "input_text", "text": text}

    assert sent == {
        "model": "gpt-4.1",
        "input": [
            said("user", words("What is this?"), image, file),
            said("system", words("Be kind.")),
            said("assistant", {"type": "output_text", "text": "Let me look."}),
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": '{"city":"Oslo"}'},
            {"type": "function_call", "name": "weather", "arguments": '{"city":"Rome"}'},
            {"type": "function_call_output", "call_id": "call_1", "output": [words("4 degrees"), image]},
            {"type": "function_call_output", "output": "no such city"},
            said("user", words("Quickly.")),
        ],
        "store": False,
        "instructions": "Be brief.",
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "The weather in a city.",
                "parameters": SCHEMA,
                "strict": True,
            }
        ],
        "tool_choice": {"type": "function", "name": "weather"},
        "parallel_tool_calls": False,
        "text": {
            "format": {"type": "json_schema", "name": "answer", "schema": ANSWER, "strict": True},
            "verbosity": "low",
        },
        "stream": False,
    }


def test_thoughts_go_back_with_what_was_encrypted_and_without_it_stay():
    thought = Message("assistant", (Reasoning("Hm.", encrypted="ENC", id="rs_1"), Reasoning("So."), Text("Yes.")))
    assert asked(ChatRequest("gpt-5-pro", (HELLO, thought)))["input"][1:] == [
        {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "ENC",
            "id": "rs_1",
        },
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]},
    ]


def test_a_tool_of_plain_text_stays_one():
    call, result = ToolCall("c", "patch", "*** a", custom=True), ToolResult("c", (Text("done"),))
    messages = (HELLO, Message("assistant", (call,)), Message("user", (result,)))
    sent = asked(ChatRequest("gpt-5-pro", messages, tools=(PATCH,), tool_choice=ToolChoice("named", "patch")))
    assert sent["input"][1:] == [
        {"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": "*** a"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "done"},
    ]
    format_ = {"type": "grammar", "syntax": "lark", "definition": "a"}
    assert sent["tools"] == [{"type": "custom", "name": "patch", "description": "Changes files.", "format": format_}]
    assert sent["tool_choice"] == {"type": "custom", "name": "patch"}


def test_what_is_small_has_its_own_words():
    shown = Message("user", (Image(url="https://x.example/a.png", detail="low"), Document(url="https://x.example/b")))
    sent = asked(ChatRequest("m", (shown,), response_format=ResponseFormat(), tools=(WEATHER,)))
    assert sent["input"][0]["content"] == [
        {"type": "input_image", "image_url": "https://x.example/a.png", "detail": "low"},
        {"type": "input_file", "file_url": "https://x.example/b"},
    ]
    assert sent["text"] == {"format": {"type": "json_object"}}
    assert "include" not in sent


ITEMS = [
    {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "Hm."}, {"type": "summary_text", "text": "So."}],
        "encrypted_content": "ENC",
    },
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Look: é"}]},
    {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "weather", "arguments": '{"city":"Oslo"}'},
    {"type": "custom_tool_call", "id": "ct_1", "call_id": "b", "name": "patch", "input": "*** a"},
    {"type": "web_search_call", "id": "ws_1", "status": "completed"},
]
COUNTS = {
    "input_tokens": 9,
    "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 1},
    "output_tokens": 4,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 13,
}
WHOLE = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "model": "gpt",
    "output": ITEMS,
    "usage": COUNTS,
}
SAID = ChatResponse(
    (
        Reasoning("Hm.\n\nSo.", encrypted="ENC", id="rs_1"),
        Text("Look: é"),
        ToolCall("a", "weather", '{"city":"Oslo"}'),
        ToolCall("b", "patch", "*** a", custom=True),
    ),
    "gpt",
    FinishReason.TOOL,
    Usage(9, 4, 3, 1, reasoning=2),
)


def whole(**more: object) -> bytes:
    return json.dumps({**WHOLE, **more}).encode()


def test_a_whole_answer_is_read():
    assert responses.read_chat(THERE, UpstreamResponse(200, {}, whole())) == SAID
    assert collected(responses.read_stream(THERE, {}, [whole()])) == SAID


@pytest.mark.parametrize(
    ("reason", "finish_reason"),
    [
        ("max_output_tokens", FinishReason.LENGTH),
        ("content_filter", FinishReason.CONTENT),
        ("other", FinishReason.OTHER),
    ],
)
def test_an_unfinished_answer_says_why(reason, finish_reason):
    data = whole(status="incomplete", incomplete_details={"reason": reason})
    assert responses.read_chat(THERE, UpstreamResponse(200, {}, data)).finish_reason is finish_reason


def test_a_failed_answer_is_a_fault():
    data = whole(status="failed", error={"code": "server_error", "message": "Sorry."}, output=[])
    with pytest.raises(UpstreamError) as caught:
        responses.read_chat(THERE, UpstreamResponse(200, {}, data))
    assert "Sorry." in caught.value.fault.detail


def at(index: int, kind: str, **more: object) -> dict:
    return {"type": f"response.{kind}", "output_index": index, **more}


def begun(index: int, **changed: object) -> dict:
    return at(index, "output_item.added", item={**ITEMS[index], **changed})


def done(index: int) -> dict:
    return at(index, "output_item.done", item=ITEMS[index])


OPENED = {"type": "response.created", "response": {"id": "resp_1", "model": "gpt", "status": "in_progress"}}
STREAM = named(
    OPENED,
    begun(0, summary=[], encrypted_content=""),
    at(0, "reasoning_summary_part.added", summary_index=0),
    at(0, "reasoning_summary_text.delta", delta="Hm."),
    at(0, "reasoning_summary_part.added", summary_index=1),
    at(0, "reasoning_summary_text.delta", delta="So."),
    done(0),
    begun(1, content=[]),
    at(1, "output_text.delta", delta="Look: "),
    at(1, "output_text.delta", delta="é"),
    done(1),
    begun(2, arguments=""),
    at(2, "function_call_arguments.delta", delta='{"city":'),
    at(2, "function_call_arguments.delta", delta='"Oslo"}'),
    at(2, "function_call_arguments.done", arguments='{"city":"Oslo"}'),
    done(2),
    begun(3, input=""),
    at(3, "custom_tool_call_input.delta", delta="*** a"),
    done(3),
    {"type": "response.completed", "response": WHOLE},
)


def test_a_stream_cut_at_every_byte():
    for place in range(len(STREAM)):
        assert collected(responses.read_stream(THERE, {}, [STREAM[:place], STREAM[place:]])) == SAID


@pytest.mark.parametrize(
    "frames", [[OPENED, *(done(index) for index in range(4))], [OPENED]], ids=["whole items", "the end alone"]
)
def test_a_server_that_streams_no_deltas_is_read(frames):
    stream = named(*frames, {"type": "response.completed", "response": WHOLE})
    assert collected(responses.read_stream(THERE, {}, [stream])) == SAID


@pytest.mark.parametrize(
    "last",
    [
        {
            "type": "response.failed",
            "response": {**WHOLE, "error": {"code": "rate_limit_exceeded", "message": "Slow."}},
        },
        {"type": "error", "code": "rate_limit_exceeded", "message": "Slow."},
        {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow."}},
    ],
)
def test_an_error_in_a_stream_is_a_fault(last):
    with pytest.raises(UpstreamError) as caught:
        list(responses.read_stream(THERE, {}, [named(OPENED, last)]))
    assert caught.value.fault.detail == "Slow."


def test_a_stream_that_is_cut_off_is_a_dropped_connection():
    with pytest.raises(UpstreamError) as caught:
        list(responses.read_stream(THERE, {}, [STREAM[: STREAM.index(b"event: response.completed")]]))
    assert caught.value.fault.category is Category.CONNECT


def test_what_was_answered_is_what_goes_back():
    sent = asked(ChatRequest("gpt-5-pro", (HELLO, Message("assistant", SAID.parts))))
    assert [item["type"] for item in sent["input"]] == ["message", *(item["type"] for item in ITEMS[:4])]
    assert sent["input"][1]["encrypted_content"] == "ENC"


@pytest.mark.parametrize(("field", "says"), [("temperature", "temperature"), ("include", "include")])
def test_what_a_model_refuses_is_left_out(field, says):
    request = UpstreamRequest("POST", "x", {}, json.dumps({field: 1, "model": "m"}).encode())
    adjusted = responses.adjust(THERE, request, Fault(Category.REJECTED, f"Unsupported parameter: '{says}'"))
    assert adjusted is not None
    assert json.loads(adjusted[0].body or b"") == {"model": "m"}


@pytest.mark.parametrize(
    ("type", "wire_name", "dialect"),
    [
        ("openai", "gpt-5-pro", responses),
        ("openai", "gpt-5.2", openai),
        ("openrouter", "gpt-5-pro", openai),
    ],
)
def test_a_model_that_answers_to_nothing_else_is_asked_in_it(type, wire_name, dialect):
    assert dialect_for(endpoint(type), wire_name) is dialect


def test_an_azure_of_an_old_version_has_it_not():
    there = Endpoint(TYPES["azure"], "https://acme.openai.azure.com", Secret(KEY), {"api_version": "2024-10-21"})
    assert dialect_for(there, "gpt-5-pro") is openai


@settings(max_examples=150, deadline=None)
@given(statuses, headers, bodies | some.sampled_from([whole(), STREAM]))
def test_no_bytes_break_it(status, head, data):
    tried(responses, THERE, UpstreamResponse(status, head, data))
