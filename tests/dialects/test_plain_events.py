"""Events that hold words and nothing else are read by a shorter way: it finds what the longer one finds."""

from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as some

from portal.dialects import openai
from portal.domain.faults import Fault, UpstreamError
from tests.dialects.recordings import endpoint, sse

TEXTS = some.sampled_from(["", " word", "a\x00b", "\ud83d", "</think>\n", "line\n"])
DELTAS = some.fixed_dictionaries(
    {"content": TEXTS | some.none() | some.just([{"type": "text", "text": "part"}])},
    optional={
        "role": some.just("assistant"),
        "reasoning_content": TEXTS,
        "refusal": TEXTS,
        "tool_calls": some.just([{"index": 0, "id": "c1", "function": {"name": "look", "arguments": "{}"}}]),
    },
)
CHOICES = some.fixed_dictionaries(
    {"delta": DELTAS},
    optional={
        "index": some.sampled_from([0, None, 1]),
        "finish_reason": some.sampled_from([None, "stop", "length", "error", ""]),
        "logprobs": some.none(),
        "text": TEXTS,
        "message": some.just({"content": " word word"}),
        "usage": some.just({"prompt_tokens": 1, "completion_tokens": 2}),
    },
)
EVENTS = some.fixed_dictionaries(
    {"choices": some.lists(CHOICES, max_size=2) | some.none()},
    optional={
        "id": some.sampled_from(["chatcmpl-1", ""]),
        "object": some.sampled_from(["chat.completion.chunk", "error", ""]),
        "model": some.sampled_from(["gpt-5.2", "gpt-5.2-2025", None]),
        "usage": some.none() | some.just({"prompt_tokens": 3, "completion_tokens": 4}),
        "x_groq": some.just({"usage": {"prompt_tokens": 5, "completion_tokens": 6}}),
        "error": some.sampled_from([None, {"message": "overloaded"}]),
        "base_resp": some.sampled_from([{"status_code": 0}, {"status_code": 1002, "status_msg": "slow down"}]),
        "type": some.sampled_from(["error", "delta"]),
    },
)


PLAIN = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "model": "gpt-5.2",
    "choices": [{"index": 0, "delta": {"content": " word"}, "finish_reason": None}],
    "usage": None,
}
NEARLY = EVENTS.flatmap(
    lambda other: some.sets(some.sampled_from(sorted(other)), max_size=1).map(
        lambda names: PLAIN | {name: other[name] for name in names}
    )
)
"""Events that differ from the usual one in one thing."""


def read(type: str, events: list[dict[str, Any]]) -> tuple[list[Any], Fault | None]:
    found: list[Any] = []
    try:
        for delta in openai.read_stream(endpoint(type), {}, [sse(*events)]):
            found.append(delta)
    except UpstreamError as error:
        return found, error.fault
    return found, None


@settings(max_examples=300, deadline=None)
@given(some.sampled_from(["openai", "openrouter", "vllm"]), some.lists(EVENTS | NEARLY, max_size=6))
def test_the_shorter_way_finds_what_the_longer_one_finds(type: str, events: list[dict[str, Any]]):
    first = {"id": "chatcmpl-1", "model": "gpt-5.2", "choices": [{"index": 0, "delta": {"role": "assistant"}}]}
    shorter = read(type, [first, *events])
    with patch.object(openai, "words_alone", lambda _value, _model: None):
        assert read(type, [first, *events]) == shorter


def test_it_is_taken_by_what_nearly_all_events_are():
    with patch.object(openai, "_event", wraps=openai._event) as longer:
        chunk = {"id": "1", "object": "chat.completion.chunk", "model": "m", "usage": None}
        events = [chunk | {"choices": [{"index": 0, "delta": {"content": "w"}, "finish_reason": None}]}] * 9
        assert len(read("openai", events)[0]) == 9
    assert longer.call_count == 1
