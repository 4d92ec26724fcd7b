"""Messages: what is asked of Claude and what it answers, beyond words."""

import json
import re

import pytest

from portal.dialects import anthropic, anthropic_requests
from portal.dialects.assembly import collected
from portal.dialects.base import UpstreamRequest, UpstreamResponse
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
from portal.domain.faults import Category, Fault
from tests.dialects.conversations.spoken import ANSWER, PNG, SCHEMA, WEATHER, body, everything
from tests.dialects.recordings import endpoint, named

THERE = endpoint("anthropic")
HELLO = Message.of("user", "x")


def asked(chat_request: ChatRequest) -> dict:
    return body(anthropic.chat(THERE, chat_request, stream=False))


def test_everything_is_written():
    sent = asked(everything("claude-opus-5-5", effort="low"))
    other = sent["messages"][1]["content"][3].pop("id")
    assert re.fullmatch("[a-zA-Z0-9_-]+", other)
    assert sent["messages"][2]["content"][1].pop("tool_use_id") == other
    png = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}
    assert sent["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                png,
                {"type": "document", "source": pdf, "title": "a.pdf"},
                {"type": "text", "text": "Be kind."},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Two cities.", "signature": "c2ln"},
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Oslo"}},
                {"type": "tool_use", "name": "weather", "input": {"city": "Rome"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "call_1",
                    "content": [{"type": "text", "text": "4 degrees"}, png],
                },
                {"type": "tool_result", "content": [{"type": "text", "text": "no such city"}], "is_error": True},
                {"type": "text", "text": "Quickly."},
            ],
        },
    ]
    assert sent["system"] == "Be brief."
    assert sent["tools"] == [
        {"name": "weather", "description": "The weather in a city.", "input_schema": SCHEMA, "strict": True}
    ]
    assert sent["tool_choice"] == {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}
    schema = ANSWER | {"additionalProperties": False}
    assert sent["output_config"] == {"effort": "low", "format": {"type": "json_schema", "schema": schema}}
    assert sent["stop_sequences"] == ["END"]


@pytest.mark.parametrize(("mode", "wanted"), [("auto", "auto"), ("none", "none"), ("required", "any")])
def test_a_choice_has_its_own_words(mode, wanted):
    sent = asked(ChatRequest("m", (HELLO,), tools=(WEATHER,), tool_choice=ToolChoice(mode)))
    assert sent["tool_choice"] == {"type": wanted}


def test_thoughts_without_proof_are_left_out_and_encrypted_ones_go_back():
    said = Message("assistant", (Reasoning("Hm."), Reasoning(encrypted="ENC"), Text("Yes.")))
    assert asked(ChatRequest("m", (HELLO, said)))["messages"][1]["content"] == [
        {"type": "redacted_thinking", "data": "ENC"},
        {"type": "text", "text": "Yes."},
    ]
    alone = ChatRequest("m", (HELLO, Message("assistant", (Reasoning("Hm."),)), Message.of("user", "y")))
    assert asked(alone)["messages"] == [{"role": "user", "content": "x\n\ny"}]


def test_addresses_and_text_are_documents_and_images_too():
    shown = Message(
        "user", (Image(url="https://x.example/a.png"), Document(url="https://x.example/b"), Document(text="c"))
    )
    assert [block["source"] for block in asked(ChatRequest("m", (shown,)))["messages"][0]["content"]] == [
        {"type": "url", "url": "https://x.example/a.png"},
        {"type": "url", "url": "https://x.example/b"},
        {"type": "text", "media_type": "text/plain", "data": "c"},
    ]


def test_a_conversation_with_calls_names_their_tools_although_none_may_be_called():
    call, result = ToolCall("c", "weather", ""), ToolResult("c", (Text("4"),))
    sent = asked(ChatRequest("m", (HELLO, Message("assistant", (call,)), Message("user", (result,)))))
    assert sent["tools"] == [{"name": "weather", "input_schema": {"type": "object", "properties": {}}}]
    assert sent["tool_choice"] == {"type": "none"}


def test_arguments_that_are_no_object_stand_in_one():
    said = Message("assistant", (ToolCall("c", "weather", '{"city": '),))
    block = asked(ChatRequest("m", (HELLO, said), tools=(WEATHER,)))["messages"][1]["content"][0]
    assert block["input"] == {"input": '{"city": '}


def test_json_without_a_schema_is_asked_for_in_words():
    sent = asked(ChatRequest("m", (HELLO,), "Be brief.", response_format=ResponseFormat()))
    assert sent["system"] == "Be brief.\n\nAnswer with one JSON object and nothing else."


BUDGET = {"thinking_budget": 2_000, "max_output_tokens": 8_000}


def test_nothing_is_thought_where_that_is_refused():
    claude = "claude-haiku-4-5"
    assert "thinking" in asked(ChatRequest(claude, (HELLO,), options=BUDGET))
    forced = ChatRequest(claude, (HELLO,), options=BUDGET, tools=(WEATHER,), tool_choice=ToolChoice("required"))
    assert "thinking" not in asked(forced)
    call, result = ToolCall("c", "weather", ""), Message("user", (ToolResult("c", (Text("4"),)),))
    bare = ChatRequest(claude, (HELLO, Message("assistant", (call,)), result), options=BUDGET, tools=(WEATHER,))
    assert "thinking" not in asked(bare)
    proven = Message("assistant", (Reasoning("Hm.", "c2ln"), call))
    assert "thinking" in asked(ChatRequest(claude, (HELLO, proven, result), options=BUDGET, tools=(WEATHER,)))


def test_a_refused_effort_never_takes_the_format_along():
    request = anthropic.chat(THERE, everything("claude-opus-5-5", effort="low"), stream=False)
    fault = Fault(Category.REJECTED, "output_config.effort: Extra inputs are not permitted")
    assert anthropic.adjust(THERE, request, fault) is None
    plain = UpstreamRequest("POST", "x", {}, b'{"output_config":{"effort":"low"}}')
    assert anthropic.adjust(THERE, plain, fault) is not None


CONTENT = [
    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
    {"type": "redacted_thinking", "data": "ENC"},
    {"type": "text", "text": "Look: é"},
    {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}},
    {"type": "tool_use", "id": "toolu_2", "name": "clock", "input": {}},
]
COUNTS = {"input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 1}
SAID = ChatResponse(
    (
        Reasoning("Hm.", "c2ln"),
        Reasoning(encrypted="ENC"),
        Text("Look: é"),
        ToolCall("toolu_1", "weather", '{"city": "Oslo"}'),
        ToolCall("toolu_2", "clock", "{}"),
    ),
    "claude",
    FinishReason.TOOL,
    Usage(8, 7, 2, 1),
)
WHOLE = {"type": "message", "model": "claude", "content": CONTENT, "stop_reason": "tool_use", "usage": COUNTS}


def test_a_whole_answer_with_calls():
    data = json.dumps(WHOLE).encode()
    assert anthropic.read_chat(THERE, UpstreamResponse(200, {}, data)) == SAID
    assert collected(anthropic.read_stream(THERE, {}, [data])) == SAID


def block(index: int, start: dict, *deltas: dict) -> list[dict]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


STREAM = named(
    {"type": "message_start", "message": {"id": "msg_1", "model": "claude", "usage": COUNTS | {"output_tokens": 1}}},
    *block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": "c2ln"},
    ),
    *block(1, {"type": "redacted_thinking", "data": "ENC"}),
    *block(
        2, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Look: "}, {"type": "text_delta", "text": "é"}
    ),
    *block(
        3,
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
        {"type": "input_json_delta", "partial_json": '{"city": '},
        {"type": "input_json_delta", "partial_json": '"Oslo"}'},
    ),
    *block(4, {"type": "tool_use", "id": "toolu_2", "name": "clock", "input": {}}),
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}},
    {"type": "message_stop"},
)


def test_a_stream_with_calls_cut_at_every_byte():
    for at in range(len(STREAM)):
        assert collected(anthropic.read_stream(THERE, {}, [STREAM[:at], STREAM[at:]])) == SAID


def test_the_message_that_a_proxy_closes_a_stream_with_says_nothing_twice():
    closed = STREAM.replace(b'event: message_stop\ndata: {"type": "message_stop"}\n\n', named(WHOLE))
    assert closed != STREAM
    assert collected(anthropic.read_stream(THERE, {}, [closed])).parts == SAID.parts


def test_what_was_answered_is_what_goes_back():
    said = Message("assistant", SAID.parts)
    sent = anthropic_requests.body_of(ChatRequest("m", (HELLO, said)), "2023-06-01", stream=False)
    assert sent["messages"][1]["content"] == CONTENT
