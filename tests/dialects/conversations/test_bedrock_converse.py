"""Converse: what is asked and what is answered, beyond words."""

import json

import pytest

from portal.dialects import bedrock
from portal.dialects.assembly import collected
from portal.dialects.base import UpstreamResponse
from portal.dialects.conversation import (
    ChatRequest,
    ChatResponse,
    Document,
    FinishReason,
    Message,
    Reasoning,
    ResponseFormat,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
    Usage,
)
from tests.dialects.conversations.spoken import ANSWER, PNG, SCHEMA, WEATHER, body, everything
from tests.dialects.recordings import endpoint
from tests.upstream.eventstream import event

THERE = endpoint("bedrock", "https://bedrock-runtime.eu-central-1.amazonaws.com", region="eu-central-1")
HELLO = Message.of("user", "x")
IMAGE = {"image": {"format": "png", "source": {"bytes": PNG}}}


def asked(chat_request: ChatRequest) -> dict:
    return body(bedrock.chat(THERE, chat_request, stream=False))


def test_everything_is_written():
    sent = asked(everything("amazon.nova-lite-v1:0", max_output_tokens=9))
    other = sent["messages"][1]["content"][3]["toolUse"].pop("toolUseId")
    assert sent["messages"][2]["content"][1]["toolResult"].pop("toolUseId") == other
    assert ":" not in other
    schema = sent["outputConfig"]["textFormat"]["structure"]["jsonSchema"].pop("schema")
    assert json.loads(schema) == ANSWER | {"additionalProperties": False}
    assert sent == {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"text": "What is this?"},
                    IMAGE,
                    {"document": {"format": "pdf", "name": "a", "source": {"bytes": "JVBE"}}},
                    {"text": "Be kind."},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Two cities.", "signature": "c2ln"}}},
                    {"text": "Let me look."},
                    {"toolUse": {"toolUseId": "call_1", "name": "weather", "input": {"city": "Oslo"}}},
                    {"toolUse": {"name": "weather", "input": {"city": "Rome"}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"toolResult": {"toolUseId": "call_1", "content": [{"text": "4 degrees"}, IMAGE]}},
                    {"toolResult": {"content": [{"text": "no such city"}], "status": "error"}},
                    {"text": "Quickly."},
                ],
            },
        ],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 9, "stopSequences": ["END"]},
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "weather",
                        "description": "The weather in a city.",
                        "inputSchema": {"json": SCHEMA},
                        "strict": True,
                    }
                }
            ],
            "toolChoice": {"tool": {"name": "weather"}},
        },
        "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"name": "answer"}}}},
    }


@pytest.mark.parametrize(("mode", "choice"), [("auto", None), ("required", {"any": {}})])
def test_a_choice_has_its_own_words(mode, choice):
    sent = asked(ChatRequest("m", (HELLO,), tools=(WEATHER,), tool_choice=ToolChoice(mode)))
    assert sent["toolConfig"].get("toolChoice") == choice


def test_that_no_tool_may_be_called_is_said_by_naming_none():
    assert "toolConfig" not in asked(ChatRequest("m", (HELLO,), tools=(WEATHER,), tool_choice=ToolChoice("none")))


def test_a_conversation_with_calls_names_their_tools():
    call, result = ToolCall("c", "weather", ""), ToolResult("c")
    sent = asked(ChatRequest("m", (HELLO, Message("assistant", (call,)), Message("user", (result,)))))
    assert [tool["toolSpec"]["name"] for tool in sent["toolConfig"]["tools"]] == ["weather"]
    assert sent["messages"][2]["content"][0]["toolResult"]["content"] == [{"text": " "}]


def test_text_is_a_document_and_its_name_holds_nothing_odd():
    shown = Message("user", (Document(text="a", name="re: the_plan!.md"),))
    assert asked(ChatRequest("m", (shown,)))["messages"][0]["content"] == [
        {"document": {"format": "txt", "name": "re the plan", "source": {"text": "a"}}}
    ]


def test_json_without_a_schema_is_asked_for_in_words():
    sent = asked(ChatRequest("m", (HELLO,), response_format=ResponseFormat()))
    assert sent["system"] == [{"text": "Answer with one JSON object and nothing else."}]


CONTENT = [
    {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
    {"reasoningContent": {"redactedContent": "RU5D"}},
    {"text": "Look: é"},
    {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Oslo"}}},
    {"toolUse": {"toolUseId": "tooluse_2", "name": "clock", "input": {}}},
]
COUNTS = {"inputTokens": 9, "outputTokens": 4}
SAID = ChatResponse(
    (
        Reasoning("Hm.", "c2ln"),
        Reasoning(encrypted="RU5D"),
        Text("Look: é"),
        ToolCall("tooluse_1", "weather", '{"city": "Oslo"}'),
        ToolCall("tooluse_2", "clock", "{}"),
    ),
    "",
    FinishReason.TOOL,
    Usage(9, 4),
)
WHOLE = {"output": {"message": {"role": "assistant", "content": CONTENT}}, "stopReason": "tool_use", "usage": COUNTS}


def test_a_whole_answer_with_calls():
    data = json.dumps(WHOLE).encode()
    assert bedrock.read_chat(THERE, UpstreamResponse(200, {}, data)) == SAID
    assert collected(bedrock.read_stream(THERE, {}, [data])) == SAID


def delta(index: int, delta: dict) -> bytes:
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})


def began(index: int, id: str, name: str) -> bytes:
    return event(
        "contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": id, "name": name}}}
    )


def ended(index: int) -> bytes:
    return event("contentBlockStop", {"contentBlockIndex": index})


STREAM = b"".join(
    (
        event("messageStart", {"role": "assistant"}),
        delta(0, {"reasoningContent": {"text": "Hm."}}),
        delta(0, {"reasoningContent": {"signature": "c2ln"}}),
        ended(0),
        delta(1, {"reasoningContent": {"redactedContent": "RU5D"}}),
        ended(1),
        delta(2, {"text": "Look: "}),
        delta(2, {"text": "é"}),
        ended(2),
        began(3, "tooluse_1", "weather"),
        delta(3, {"toolUse": {"input": '{"city": '}}),
        delta(3, {"toolUse": {"input": '"Oslo"}'}}),
        ended(3),
        began(4, "tooluse_2", "clock"),
        ended(4),
        event("messageStop", {"stopReason": "tool_use"}),
        event("metadata", {"usage": COUNTS}),
    )
)


def test_a_stream_with_calls_cut_at_every_byte():
    for at in range(len(STREAM)):
        assert collected(bedrock.read_stream(THERE, {}, [STREAM[:at], STREAM[at:]])) == SAID


def test_what_was_answered_is_what_goes_back():
    sent = asked(ChatRequest("m", (HELLO, Message("assistant", SAID.parts))))
    assert sent["messages"][1]["content"] == CONTENT
