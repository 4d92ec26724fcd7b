"""Gemini: what is asked and what is answered, beyond words."""

import json

import pytest

from portal.dialects import gemini, gemini_requests
from portal.dialects.assembly import collected
from portal.dialects.base import UpstreamResponse
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
from tests.dialects.conversations.spoken import ANSWER, PNG, SCHEMA, WEATHER, everything
from tests.dialects.recordings import endpoint, sse

THERE = endpoint("google")
HELLO = Message.of("user", "x")
IMAGE = {"inlineData": {"mimeType": "image/png", "data": PNG}}


def test_everything_is_written():
    assert gemini_requests.body_of(everything("gemini-2.5-flash")) == {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"text": "What is this?"},
                    IMAGE,
                    {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
                    {"text": "Be kind."},
                ],
            },
            {
                "role": "model",
                "parts": [
                    {"text": "Two cities.", "thought": True, "thoughtSignature": "c2ln"},
                    {"text": "Let me look."},
                    {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}},
                    {"functionCall": {"name": "weather", "args": {"city": "Rome"}}},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "weather", "response": {"output": "4 degrees"}}},
                    {"functionResponse": {"name": "weather", "response": {"error": "no such city"}}},
                    IMAGE,
                    {"text": "Quickly."},
                ],
            },
        ],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "tools": [
            {
                "functionDeclarations": [
                    {"name": "weather", "description": "The weather in a city.", "parametersJsonSchema": SCHEMA}
                ]
            }
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
        "generationConfig": {
            "stopSequences": ["END"],
            "responseMimeType": "application/json",
            "responseJsonSchema": ANSWER,
        },
    }


@pytest.mark.parametrize(("mode", "wanted"), [("auto", "AUTO"), ("none", "NONE"), ("required", "ANY")])
def test_a_choice_has_its_own_words(mode, wanted):
    sent = gemini_requests.body_of(ChatRequest("m", (HELLO,), tools=(WEATHER,), tool_choice=ToolChoice(mode)))
    assert sent["toolConfig"] == {"functionCallingConfig": {"mode": wanted}}


def replayed(model: str, *calls: ToolCall) -> list[str | None]:
    sent = gemini_requests.body_of(ChatRequest(model, (HELLO, Message("assistant", calls)), tools=(WEATHER,)))
    return [part.get("thoughtSignature") for part in sent["contents"][1]["parts"]]


def test_a_call_is_signed_as_it_came_and_one_made_elsewhere_says_so():
    bare, signed = ToolCall("a", "weather", "{}"), ToolCall("b", "weather", "{}", signature="c2ln")
    assert replayed("gemini-3.5-flash", signed, bare) == ["c2ln", None]
    assert replayed("gemini-3.5-flash", bare, bare) == ["skip_thought_signature_validator", None]
    assert replayed("gemini-2.5-flash", bare, bare) == [None, None]


def test_results_stand_in_the_order_of_their_calls():
    calls = Message("assistant", (ToolCall("a", "weather"), ToolCall("b", "clock")))
    results = Message("user", (ToolResult("b", (Text("noon"),)), ToolResult("a", (Text("4"),))))
    sent = gemini_requests.body_of(ChatRequest("gemini-2.5-pro", (HELLO, calls, results)))
    assert [part["functionResponse"]["name"] for part in sent["contents"][2]["parts"]] == ["weather", "clock"]


def test_addresses_are_named_with_what_is_there():
    shown = Message(
        "user", (Image(url="https://x.example/a.png?b"), Document("application/pdf", url="https://x.example/c"))
    )
    sent = gemini_requests.body_of(ChatRequest("m", (shown,)))
    assert sent["contents"][0]["parts"] == [
        {"fileData": {"fileUri": "https://x.example/a.png?b", "mimeType": "image/png"}},
        {"fileData": {"fileUri": "https://x.example/c", "mimeType": "application/pdf"}},
    ]


def test_json_without_a_schema():
    sent = gemini_requests.body_of(ChatRequest("m", (HELLO,), response_format=ResponseFormat()))
    assert sent["generationConfig"] == {"responseMimeType": "application/json"}


PARTS = [
    {"text": "Hm.", "thought": True},
    {"text": "Look: é"},
    {"functionCall": {"id": "f1", "name": "weather", "args": {"city": "Oslo"}}, "thoughtSignature": "c2ln"},
    {"functionCall": {"name": "clock"}},
]
COUNTS = {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 15}
NAMED = {"modelVersion": "gemini", "responseId": "r1"}


def event(parts: list, **more: object) -> dict:
    return {"candidates": [{"index": 0, "content": {"role": "model", "parts": parts}, **more}], **NAMED}


WHOLE = event(PARTS, finishReason="STOP") | {"usageMetadata": COUNTS}


def test_a_whole_answer_with_calls():
    answer = gemini.read_chat(THERE, UpstreamResponse(200, {}, json.dumps(WHOLE).encode()))
    made = answer.parts[3]
    assert isinstance(made, ToolCall)
    assert made.id.startswith("call_")
    assert answer == ChatResponse(
        (
            Reasoning("Hm."),
            Text("Look: é"),
            ToolCall("f1", "weather", '{"city": "Oslo"}', "c2ln"),
            ToolCall(made.id, "clock", "{}"),
        ),
        "gemini",
        FinishReason.TOOL,
        Usage(9, 6, reasoning=2),
        "r1",
    )


def test_a_stream_with_calls_cut_at_every_byte():
    counted = event(PARTS[3:], finishReason="STOP") | {"usageMetadata": COUNTS}
    stream = sse(
        event(PARTS[:1]), event([{"text": "Look: "}]), event([{"text": "é"}]), event(PARTS[2:3]), counted, done=False
    )
    whole = gemini.read_chat(THERE, UpstreamResponse(200, {}, json.dumps(WHOLE).encode()))
    for at in range(len(stream)):
        assert collected(gemini.read_stream(THERE, {}, [stream[:at], stream[at:]])) == whole


def test_the_signature_of_words_comes_and_goes_beside_them():
    signed = event([{"text": "Yes."}, {"text": "", "thoughtSignature": "c2ln"}], finishReason="STOP")
    parts = gemini.read_chat(THERE, UpstreamResponse(200, {}, json.dumps(signed).encode())).parts
    assert parts == (Text("Yes."), Reasoning(signature="c2ln"))
    sent = gemini_requests.body_of(ChatRequest("m", (HELLO, Message("assistant", parts))))
    assert sent["contents"][1]["parts"] == [{"text": "Yes."}, {"text": "", "thoughtSignature": "c2ln"}]
