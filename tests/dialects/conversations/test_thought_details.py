"""OpenRouter's list of reasoning goes back to it as it was, whole or in pieces; nobody else is told it."""

import json

import pytest

from portal.dialects import carrying, openai
from portal.dialects.assembly import collected
from portal.dialects.base import UpstreamResponse
from portal.dialects.conversation import ChatRequest, Message, Reasoning, Text, ToolCall
from tests.dialects.conversations.spoken import body
from tests.dialects.recordings import endpoint, sse

DETAILS = [
    {"type": "reasoning.summary", "summary": "**Weighing**", "format": "openai-responses-v1", "index": 0, "id": None},
    {"type": "reasoning.encrypted", "data": "ZW5j+/=", "format": "openai-responses-v1", "index": 0, "id": "rs_1"},
    {"type": "reasoning.text", "text": "Hm. So.", "signature": "c2ln", "format": "anthropic-claude-v1", "index": 1},
]
PIECES = [
    {"reasoning": "**Weigh", "reasoning_details": [DETAILS[0] | {"summary": "**Weigh"}]},
    {"reasoning": "ing**", "reasoning_details": [{"type": "reasoning.summary", "summary": "ing**", "index": 0}]},
    {"reasoning_details": [DETAILS[1]]},
    {"reasoning": "Hm.", "reasoning_details": [DETAILS[2] | {"text": "Hm.", "signature": None}]},
    {"reasoning": " So.", "reasoning_details": [DETAILS[2] | {"text": " So.", "signature": None}]},
    {"reasoning_details": [{"type": "reasoning.text", "text": "", "signature": "c2ln", "index": 1}]},
]
CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
THOUGHT = "**Weighing**Hm. So."


def answer(type: str):
    message = {"role": "assistant", "content": "Hi", "reasoning": THOUGHT, "reasoning_details": DETAILS}
    choice = {"index": 0, "message": message | {"tool_calls": [CALL]}, "finish_reason": "tool_calls"}
    return openai.read_chat(endpoint(type), UpstreamResponse(200, {}, json.dumps({"choices": [choice]}).encode()))


def streamed(type: str, *deltas: dict, done: bool = True):
    frames = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    last = [{"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}] if done else []
    return collected(openai.read_stream(endpoint(type), {}, [sse(*frames, *last, "[DONE]")]))


def sent_back(type: str, parts: tuple) -> dict:
    request = ChatRequest("m", (Message.of("user", "?"), Message("assistant", parts), Message.of("user", "And?")))
    return body(openai.chat(endpoint(type), request, stream=False))["messages"][1]


@pytest.mark.parametrize("type", ["openrouter", "vercel"])
def test_a_whole_list_goes_back_to_the_letter(type):
    parts = answer(type).parts
    assert [part.text for part in parts if isinstance(part, Reasoning | Text)] == [THOUGHT, "Hi"]
    back = sent_back(type, parts)
    assert back["reasoning_details"] == DETAILS
    assert "reasoning" not in back


@pytest.mark.parametrize("after", [{"content": "Hi"}, {"tool_calls": [CALL]}])
@pytest.mark.parametrize("done", [True, False])
def test_a_list_in_pieces_goes_back_whole(after, done):
    parts = streamed("openrouter", *PIECES, after, done=done).parts
    assert isinstance(parts[0], Reasoning)
    assert parts[0].text == THOUGHT
    assert [type(part) for part in parts] == [Reasoning, Text if "content" in after else ToolCall]
    assert sent_back("openrouter", parts)["reasoning_details"] == DETAILS


def test_what_comes_after_the_words_is_kept_too():
    parts = streamed("openrouter", PIECES[0], {"content": "Hi"}, PIECES[2], done=False).parts
    assert sent_back("openrouter", parts)["reasoning_details"] == [DETAILS[0] | {"summary": "**Weigh"}, DETAILS[1]]


def test_other_servers_are_told_words_alone():
    parts = answer("openrouter").parts
    assert sent_back("openai_compatible", parts) == {
        "role": "assistant",
        "content": "Hi",
        "reasoning_content": THOUGHT,
        "tool_calls": [{key: value for key, value in CALL.items() if key != "index"}],
    }
    assert answer("openai_compatible").parts[0] == Reasoning(THOUGHT)
    request = ChatRequest("m", (Message("assistant", parts),))
    assert carrying.check("openai", request, "openrouter")[1] == ()
    assert carrying.check("openai", request, "openai_compatible")[1] == ("encrypted reasoning",)


@pytest.mark.parametrize("encrypted", ["Z0FBQUFB", "[1, 2]", "[not json", "{}"])
def test_what_another_vendor_encrypted_is_no_list(encrypted):
    back = sent_back("openrouter", (Reasoning("Hm.", encrypted=encrypted), Text("Hi")))
    assert back == {"role": "assistant", "content": "Hi", "reasoning": "Hm."}


@pytest.mark.parametrize("details", [None, "x", {}, [1, None], []])
def test_what_is_no_list_adds_nothing(details):
    assert streamed("openrouter", {"reasoning": "Hm.", "reasoning_details": details}, {"content": "Hi"}).parts == (
        Reasoning("Hm."),
        Text("Hi"),
    )
