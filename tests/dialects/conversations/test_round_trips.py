"""What is written of a generated answer is read back equal, whole and streamed, in every dialect that can say it."""

import json
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from portal.dialects import anthropic, bedrock, gemini, openai, responses
from portal.dialects.assembly import collected, deltas_of, tidy
from portal.dialects.base import UpstreamResponse
from portal.dialects.conversation import ChatRequest, ChatResponse, Message, Part, Reasoning, Text, ToolCall
from portal.dialects.turns import id_of, short_id
from tests.dialects.conversations.spoken import body
from tests.dialects.recordings import endpoint

words = some.text(
    some.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=12
).filter(str.strip)
ids = some.text("abcXYZ019_-", min_size=1, max_size=20)
names = some.sampled_from(["weather", "clock", "patch"])
arguments = some.dictionaries(words, words | some.integers(0, 9), max_size=3).map(
    lambda value: json.dumps(value, ensure_ascii=False)
)
texts = some.builds(Text, words)
calls = some.builds(ToolCall, ids, names, arguments)
proven = some.builds(Reasoning, words, words)


def answers(*kinds: some.SearchStrategy[Any]) -> some.SearchStrategy[tuple[Part, ...]]:
    """Parts in any order; no two calls have one id."""
    return some.lists(
        some.one_of(*kinds),
        min_size=1,
        max_size=6,
        unique_by=lambda part: part.id if isinstance(part, ToolCall) else id(part),
    ).map(tidy)


def sent(dialect: Any, type_name: str, parts: tuple[Part, ...]) -> Any:
    there = endpoint(type_name)
    request = ChatRequest("some-model", (Message.of("user", "x"), Message("assistant", parts)))
    return body(dialect.chat(there, request, stream=False))


def anthropics(parts: tuple[Part, ...]) -> object:
    content = sent(anthropic, "anthropic", parts)["messages"][1]["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return {"type": "message", "model": "m", "content": blocks, "stop_reason": "end_turn"}


def openais(parts: tuple[Part, ...]) -> object:
    return {"model": "m", "choices": [{"message": sent(openai, "deepseek", parts)["messages"][1]}]}


def geminis(parts: tuple[Part, ...]) -> object:
    content = sent(gemini, "google", parts)["contents"][1]
    return {"candidates": [{"content": content, "finishReason": "STOP"}]}


def bedrocks(parts: tuple[Part, ...]) -> object:
    return {"output": {"message": sent(bedrock, "bedrock", parts)["messages"][1]}, "stopReason": "end_turn"}


def items(parts: tuple[Part, ...]) -> object:
    return {"model": "m", "status": "completed", "output": sent(responses, "openai", parts)["input"][1:]}


Write = Callable[[tuple[Part, ...]], object]


def read(dialect: Any, type_name: str, value: object, *, stream: bool) -> tuple[Part, ...]:
    data = json.dumps(value).encode()
    if stream:
        return collected(dialect.read_stream(endpoint(type_name), {}, [data])).parts
    return dialect.read_chat(endpoint(type_name), UpstreamResponse(200, {}, data)).parts


def alike(parts: tuple[Part, ...], *, ids: bool = True) -> list[Part | tuple[str, Any]]:
    """The parts with arguments as values, for JSON has many spellings; and without ids where there are none."""
    return [
        (part.name, json.loads(part.arguments), part.id if ids else "") if isinstance(part, ToolCall) else part
        for part in parts
    ]  # type: ignore[misc]


@pytest.mark.parametrize("stream", [False, True])
@settings(max_examples=60, deadline=None)
@given(parts=answers(texts, calls, proven))
def test_messages(stream, parts):
    assert alike(read(anthropic, "anthropic", anthropics(parts), stream=stream)) == alike(parts)


@pytest.mark.parametrize("stream", [False, True])
@settings(max_examples=60, deadline=None)
@given(parts=answers(texts, calls, proven))
def test_converse(stream, parts):
    assert alike(read(bedrock, "bedrock", bedrocks(parts), stream=stream)) == alike(parts)


@pytest.mark.parametrize("stream", [False, True])
@settings(max_examples=60, deadline=None)
@given(thought=words | some.just(""), said=words, called=some.lists(calls, max_size=3, unique_by=lambda call: call.id))
def test_chat_completions(stream, thought, said, called):
    parts = tidy((Reasoning(thought), Text(said), *called))
    assert alike(read(openai, "deepseek", openais(parts), stream=stream)) == alike(parts)


@pytest.mark.parametrize("stream", [False, True])
@settings(max_examples=60, deadline=None)
@given(parts=answers(texts, some.builds(ToolCall, ids, names, arguments, words)))
def test_contents(stream, parts):
    found = read(gemini, "google", geminis(parts), stream=stream)
    assert "".join(part.text for part in found if isinstance(part, Text)) == "".join(
        part.text for part in parts if isinstance(part, Text)
    )
    made = [part for part in found if isinstance(part, ToolCall)]
    asked = [part for part in parts if isinstance(part, ToolCall)]
    assert alike(tuple(made), ids=False) == alike(tuple(asked), ids=False)
    assert [call.signature for call in made] == [call.signature for call in asked]


@pytest.mark.parametrize("stream", [False, True])
@settings(max_examples=60, deadline=None)
@given(parts=answers(texts, calls, some.builds(Reasoning, words, some.just(""), words, ids)))
def test_items(stream, parts):
    assert alike(read(responses, "openai", items(parts), stream=stream)) == alike(parts)


@settings(max_examples=100, deadline=None)
@given(answers(texts, calls, proven))
def test_an_answer_in_pieces_is_the_answer(parts):
    answer = ChatResponse(parts, "m", None, None, "r")
    assert collected(deltas_of(answer)).text == answer.text
    if any(isinstance(part, ToolCall | Reasoning) for part in parts):
        assert collected(deltas_of(answer)) == answer


@given(some.text(max_size=80))
def test_an_id_is_one_that_everybody_takes_and_stays(call_id):
    made = id_of(call_id)
    assert 0 < len(made) <= 64
    assert set(made) <= set(string.ascii_letters + string.digits + "_-")
    assert id_of(made) == made == id_of(call_id)
    assert len(short_id(call_id, 9)) == 9
    assert short_id(short_id(call_id, 9), 9) == short_id(call_id, 9)
