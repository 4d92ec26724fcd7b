"""Chat completions: what is asked and what is answered, beyond words."""

import json

import pytest

from portal.dialects import openai
from portal.dialects.assembly import collected
from portal.dialects.base import Endpoint, UpstreamResponse
from portal.dialects.conversation import (
    ChatRequest,
    ChatResponse,
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
from tests.dialects.conversations.spoken import ANSWER, PATCH, PNG, SCHEMA, WEATHER, body, everything
from tests.dialects.recordings import endpoint, sse

FUNCTION = {"name": "weather", "description": "The weather in a city.", "parameters": SCHEMA, "strict": True}
SHOWN = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
LOOKED = [
    {"type": "text", "text": "What is this?"},
    SHOWN,
    {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"}},
]


def asked(there: Endpoint, chat_request: ChatRequest) -> dict:
    return body(openai.chat(there, chat_request, stream=False))


def test_everything_is_written():
    sent = asked(endpoint("openai"), everything("gpt-4.1"))
    other = sent["messages"][3]["tool_calls"][1].pop("id")
    assert other == sent["messages"][5].pop("tool_call_id")
    assert other.startswith("call_")
    assert sent == {
        "model": "gpt-4.1",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": LOOKED},
            {"role": "system", "content": "Be kind."},
            {
                "role": "assistant",
                "content": "Let me look.",
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city":"Oslo"}'},
                    },
                    {"type": "function", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}},
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "4 degrees"},
            {"role": "tool", "content": "no such city"},
            {"role": "user", "content": [SHOWN, {"type": "text", "text": "Quickly."}]},
        ],
        "stop": ["END"],
        "tools": [{"type": "function", "function": FUNCTION}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": ANSWER, "strict": True}},
        "stream": False,
    }


def test_where_one_system_is_taken_its_later_words_are_the_users():
    sent = asked(endpoint("vllm"), everything("qwen"))
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "tool", "tool", "user"]
    assert sent["messages"][1]["content"] == [*LOOKED, {"type": "text", "text": "Be kind."}]
    assert sent["messages"][2]["reasoning_content"] == "Two cities."


def test_what_the_system_says_first_is_one_with_its_prompt():
    request = ChatRequest("m", (Message.of("system", "B"), Message.of("user", "C"), Message.of("system", "D")), "A")
    assert asked(endpoint("ollama"), request)["messages"] == [
        {"role": "system", "content": "A\n\nB"},
        {"role": "user", "content": "C\n\nD"},
    ]


def test_an_id_has_the_length_that_a_provider_wants():
    sent = asked(endpoint("mistral"), everything())
    ids = [call["id"] for call in sent["messages"][2]["tool_calls"]]
    assert [len(one) for one in ids] == [9, 9]
    assert "".join(ids).isalnum()
    assert ids == [message["tool_call_id"] for message in sent["messages"] if message["role"] == "tool"]


def test_a_signature_rides_with_its_call_to_google_alone():
    call = ToolCall("call_1", "weather", "{}", signature="c2ln")
    request = ChatRequest("m", (Message.of("user", "x"), Message("assistant", (call,))))
    google = endpoint("openai_compatible", "https://generativelanguage.googleapis.com/v1beta/openai")
    assert asked(google, request)["messages"][1]["tool_calls"][0]["extra_content"] == {
        "google": {"thought_signature": "c2ln"}
    }
    assert "extra_content" not in asked(endpoint("vllm"), request)["messages"][1]["tool_calls"][0]


def test_a_tool_of_plain_text_is_a_function_of_one_text():
    request = ChatRequest(
        "m",
        (Message.of("user", "x"), Message("assistant", (ToolCall("c", "patch", "*** a", custom=True),))),
        tools=(PATCH,),
    )
    sent = asked(endpoint("openai"), request)
    assert sent["tools"][0]["function"]["parameters"]["properties"] == {"input": {"type": "string"}}
    assert sent["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"input": "*** a"}'


@pytest.mark.parametrize("mode", ["auto", "none", "required"])
def test_a_choice_is_the_word_for_it(mode):
    request = ChatRequest("m", (Message.of("user", "x"),), tools=(WEATHER,), tool_choice=ToolChoice(mode))
    assert asked(endpoint("openai"), request)["tool_choice"] == mode


def test_json_without_a_schema():
    request = ChatRequest("m", (Message.of("user", "x"),), response_format=ResponseFormat())
    assert asked(endpoint("openai"), request)["response_format"] == {"type": "json_object"}


CALLS = [
    {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}},
    {"id": "b", "type": "custom", "custom": {"name": "patch", "input": "*** a"}},
]
COUNTS = {"prompt_tokens": 9, "completion_tokens": 4, "completion_tokens_details": {"reasoning_tokens": 2}}
SAID = ChatResponse(
    (
        Reasoning("Hm."),
        Text("Look: é"),
        ToolCall("a", "weather", '{"city":"Oslo"}'),
        ToolCall("b", "patch", "*** a", custom=True),
    ),
    "gpt",
    FinishReason.TOOL,
    Usage(9, 4, reasoning=2),
)


def test_a_whole_answer_with_calls():
    message = {"role": "assistant", "reasoning_content": "Hm.", "content": "Look: é", "tool_calls": CALLS}
    whole = {"model": "gpt", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    answer = openai.read_chat(
        endpoint("openai"), UpstreamResponse(200, {}, json.dumps(whole | {"usage": COUNTS}).encode())
    )
    assert answer == SAID
    streamed = openai.read_stream(endpoint("openai"), {}, [json.dumps(whole | {"usage": COUNTS}).encode()])
    assert collected(streamed) == SAID


def frame(delta: object, finish_reason: str | None = None, **more: object) -> dict:
    return {
        "id": "x1",
        "model": "gpt",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        **more,
    }


def called(index: int | None, *arguments: str, **function: object) -> list[dict]:
    place = {} if index is None else {"index": index}
    first = {"tool_calls": [{**place, **function}]}
    return [frame(first), *(frame({"tool_calls": [{**place, "function": {"arguments": one}}]}) for one in arguments)]


STREAM = sse(
    frame({"role": "assistant", "content": None, "reasoning_content": "Hm."}),
    frame({"content": "Look: é"}),
    *called(0, '{"city"', ':"Oslo"}', id="a", type="function", function={"name": "weather", "arguments": ""}),
    frame({"tool_calls": [{"index": 1, "id": "b", "type": "custom", "custom": {"name": "patch", "input": "***"}}]}),
    frame({"tool_calls": [{"index": 1, "type": "custom", "custom": {"input": " a"}}]}),
    frame({}, "tool_calls"),
    {"choices": [], "model": "gpt", "usage": COUNTS},
)


def test_a_stream_with_calls_cut_at_every_byte():
    for at in range(len(STREAM)):
        assert collected(openai.read_stream(endpoint("openai"), {}, [STREAM[:at], STREAM[at:]])) == SAID
    assert collected(openai.read_stream(endpoint("openai"), {}, (bytes([byte]) for byte in STREAM))) == SAID


def calls_in(*frames: dict) -> list[tuple[str, str, str, str]]:
    answer = collected(openai.read_stream(endpoint("openai_compatible"), {}, [sse(*frames, frame({}, "stop"))]))
    assert answer.finish_reason is FinishReason.TOOL
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    return [(call.id, call.name, call.arguments, call.signature) for call in calls]


def test_calls_without_a_place_are_told_apart_by_their_names():
    frames = [
        *called(None, '"Oslo"}', id="a", function={"name": "weather", "arguments": '{"city":'}),
        *called(None, "{}", id="b", function={"name": "weather", "arguments": None}),
    ]
    assert calls_in(*frames) == [("a", "weather", '{"city":"Oslo"}', ""), ("b", "weather", "{}", "")]


def test_calls_that_share_a_place_are_told_apart_by_their_ids():
    frames = [
        *called(0, id="a", function={"name": "weather", "arguments": "{}"}),
        *called(0, id="b", function={"name": "clock", "arguments": "{}"}),
    ]
    assert calls_in(*frames) == [("a", "weather", "{}", ""), ("b", "clock", "{}", "")]


def test_a_call_without_an_id_gets_one_that_stays():
    frames = called(0, id="", function={"name": "weather", "arguments": {"city": "Oslo"}})
    [(made, name, arguments, _)] = calls_in(*frames)
    assert made.startswith("call_")
    assert (name, json.loads(arguments)) == ("weather", {"city": "Oslo"})
    assert calls_in(*frames)[0][0] == made


def test_a_signature_of_googles_is_kept():
    extra = {"google": {"thought_signature": "c2ln"}}
    frames = called(0, id="a", function={"name": "weather", "arguments": "{}"}, extra_content=extra)
    assert calls_in(*frames) == [("a", "weather", "{}", "c2ln")]


def test_the_old_way_of_calling_is_read():
    frames = [
        frame({"function_call": {"name": "weather", "arguments": "{"}}),
        frame({"function_call": {"arguments": "}"}}),
    ]
    assert [call[1:3] for call in calls_in(*frames)] == [("weather", "{}")]


def test_results_alone_are_no_message_of_the_users():
    request = ChatRequest("m", (Message("user", (ToolResult("c", (Text("4"),)),)),))
    assert [message["role"] for message in asked(endpoint("openai"), request)["messages"]] == ["tool"]
