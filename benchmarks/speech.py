"""The same words as the events of each API that a provider may have: what `benchmarks/provider.py` answers with."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.upstream import eventstream

EVENT_STREAM, AMAZONS = "text/event-stream", "application/vnd.amazon.eventstream"
WORDS = 40
USAGE = {"prompt_tokens": 9, "completion_tokens": WORDS, "total_tokens": WORDS + 9}


def _words() -> Iterator[str]:
    return (f" word{number}" for number in range(1, WORDS))


def _data(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _named(name: str, **fields: Any) -> bytes:
    return f"event: {name}\n".encode() + _data({"type": name, **fields})


def chat_completions(model: str) -> Iterator[bytes]:
    def event(**more: Any) -> bytes:
        told = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model}
        return _data(told | more)

    def choice(delta: dict[str, str], finish: str | None = None) -> bytes:
        return event(choices=[{"index": 0, "delta": delta, "finish_reason": finish}], usage=None)

    yield choice({"role": "assistant", "content": ""})
    yield from (choice({"content": word}) for word in _words())
    yield choice({}, "stop")
    yield event(choices=[], usage=USAGE)
    yield b"data: [DONE]\n\n"


def messages(model: str) -> Iterator[bytes]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1}}
    yield _named("message_start", message=message)
    yield _named("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for word in _words():
        yield _named("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
    yield _named("content_block_stop", index=0)
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _named("message_delta", delta=stop, usage={"output_tokens": WORDS})
    yield _named("message_stop")


def responses(model: str) -> Iterator[bytes]:
    whole = {"id": "resp_1", "object": "response", "created_at": 1_700_000_000, "model": model, "output": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    text = "".join(_words())
    part = {"type": "output_text", "text": text, "annotations": []}
    done = item | {"status": "completed", "content": [part]}
    usage = {"input_tokens": 9, "output_tokens": WORDS, "total_tokens": WORDS + 9}
    events: list[tuple[str, dict[str, Any]]] = [
        ("response.created", {"response": whole | {"status": "in_progress"}}),
        ("response.output_item.added", {"output_index": 0, "item": item}),
        ("response.content_part.added", {**place, "part": part | {"text": ""}}),
        *(("response.output_text.delta", {**place, "delta": word}) for word in _words()),
        ("response.output_text.done", {**place, "text": text}),
        ("response.content_part.done", {**place, "part": part}),
        ("response.output_item.done", {"output_index": 0, "item": done}),
        ("response.completed", {"response": whole | {"status": "completed", "output": [done], "usage": usage}}),
    ]
    for number, (name, fields) in enumerate(events):
        yield _named(name, sequence_number=number, **fields)


def gemini(model: str) -> Iterator[bytes]:
    def event(word: str, **more: Any) -> bytes:
        candidate = {"content": {"role": "model", "parts": [{"text": word}]}, "index": 0, **more}
        usage = {"promptTokenCount": 9, "candidatesTokenCount": WORDS, "totalTokenCount": WORDS + 9}
        return _data({"candidates": [candidate], "usageMetadata": usage, "modelVersion": model, "responseId": "r1"})

    yield from map(event, _words())
    yield event("", finishReason="STOP")


def converse(_model: str) -> Iterator[bytes]:
    yield eventstream.event("messageStart", {"role": "assistant"})
    for word in _words():
        yield eventstream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}})
    yield eventstream.event("contentBlockStop", {"contentBlockIndex": 0})
    yield eventstream.event("messageStop", {"stopReason": "end_turn"})
    usage = {"inputTokens": 9, "outputTokens": WORDS, "totalTokens": WORDS + 9}
    yield eventstream.event("metadata", {"usage": usage, "metrics": {"latencyMs": 9}})


Speech = Callable[[str], Iterator[bytes]]

SPEECHES: tuple[tuple[str, Speech, str], ...] = (
    ("/chat/completions", chat_completions, EVENT_STREAM),
    ("/responses", responses, EVENT_STREAM),
    ("/messages", messages, EVENT_STREAM),
    (":streamGenerateContent", gemini, EVENT_STREAM),
    ("/converse-stream", converse, AMAZONS),
)
"""How the path ends of the address that is asked, what is said there, and as what."""


def at(path: str) -> tuple[Speech, str]:
    """What is said at this path, and its content type."""
    return next((speech, kind) for end, speech, kind in SPEECHES if path.partition("?")[0].endswith(end))
