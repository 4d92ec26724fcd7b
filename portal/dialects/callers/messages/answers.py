"""An answer as `/v1/messages` gives it, whole or as a stream."""

import json
from collections.abc import Iterable
from typing import Any

from portal.dialects.callers.answers import Begin, End, More, Sequence, Step, finish_of, finished, settled
from portal.dialects.callers.asked import Asked
from portal.dialects.callers.errors import anthropic_error
from portal.dialects.callers.frames import named
from portal.dialects.callers.messages.history import INVALID
from portal.dialects.callers.signatures import MARK, Signed, pack
from portal.dialects.conversation import (
    ChatDelta,
    ChatResponse,
    FinishReason,
    Part,
    Reasoning,
    Text,
    ToolCall,
    Usage,
)
from portal.dialects.origins import ANTHROPIC, is_of

FINISHES = {
    FinishReason.STOP: "end_turn",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.CONTENT: "refusal",
    FinishReason.TOOL: "tool_use",
    FinishReason.OTHER: "end_turn",
}


def write(asked: Asked, response: ChatResponse, model: str, id: str, now: int) -> dict[str, Any]:  # noqa: ARG001 - the API's word; it tells no time
    """A whole answer."""
    content = [block for part in finished(asked, response.parts, "toolu", id) for block in blocks_of(part)]
    return _message(model, id) | {
        "content": content,
        "stop_reason": FINISHES[finish_of(response)],
        "usage": usage_of(response.usage),
    }


class Writer:
    """A stream. Every method gives the bytes that are due, blank where nothing is to be said yet."""

    def __init__(self, asked: Asked, model: str, id: str, now: int) -> None:  # noqa: ARG002 - see above
        self._model, self._id = model, id
        self._sequence = Sequence(asked, "toolu", id)
        self._index = 0
        self._kind = ""
        self._signed = False

    def begin(self) -> bytes:
        message = _message(self._model, self._id) | {"content": [], "usage": usage_of(None)}
        return named({"type": "message_start", "message": message})

    def delta(self, delta: ChatDelta) -> bytes:
        return self._told(self._sequence.add(delta))

    def end(self) -> bytes:
        rest = self._told(self._sequence.end())
        reason = FINISHES[settled(self._sequence.finish_reason, self._sequence.called)]
        last = {"stop_reason": reason, "stop_sequence": None}
        rest += named({"type": "message_delta", "delta": last, "usage": usage_of(self._sequence.usage)})
        return rest + named({"type": "message_stop"})

    def error(self, status: int, code: str, message: str) -> bytes:  # noqa: ARG002 - the API has no codes
        """The event after which nothing comes: clients take one more for an end that went well."""
        return named(anthropic_error(status, message))

    def _told(self, steps: Iterable[Step]) -> bytes:
        return b"".join(self._step(step) for step in steps)

    def _step(self, step: Step) -> bytes:
        match step:
            case Begin(ToolCall() as call):
                return self._signature(call) + self._start(_call(call) | {"input": {}})
            case Begin(Text()):
                return self._start({"type": "text", "text": ""})
            case Begin(Reasoning()):
                return b""
            case More(words):
                return self._more(words)
            case End(Reasoning() as part):
                return self._reasoned(part)
            case End(ToolCall() as call):
                before, self._signed = self._signed, False
                return self._stop() + (b"" if before else self._signature(call))
            case _:
                return self._stop()

    def _more(self, words: str) -> bytes:
        begun = b""
        if not self._kind:
            begun = self._start({"type": "thinking", "thinking": "", "signature": ""})
        field = {"thinking": "thinking", "tool_use": "partial_json", "text": "text"}[self._kind]
        kind = {"thinking": "thinking_delta", "tool_use": "input_json_delta", "text": "text_delta"}[self._kind]
        return begun + self._delta({"type": kind, field: words})

    def _reasoned(self, part: Reasoning) -> bytes:
        """The end of thinking: with its signature; whole, where nothing of it was told before."""
        if self._kind:
            signature = signature_of(part)
            told = self._delta({"type": "signature_delta", "signature": signature}) if signature else b""
            return told + self._stop()
        return b"".join(self._whole(block) for block in blocks_of(part))

    def _signature(self, call: ToolCall) -> bytes:
        self._signed = bool(call.signature)
        return b"".join(self._whole(block) for block in blocks_of(call)[:-1])

    def _whole(self, block: dict[str, Any]) -> bytes:
        """A block of reasoning that comes at once."""
        if block["type"] == "redacted_thinking":
            return self._start(block) + self._stop()
        begun = self._start({"type": "thinking", "thinking": "", "signature": ""})
        signed = self._delta({"type": "signature_delta", "signature": block["signature"]})
        return begun + signed + self._stop()

    def _start(self, block: dict[str, Any]) -> bytes:
        self._kind = block["type"]
        return named({"type": "content_block_start", "index": self._index, "content_block": block})

    def _delta(self, delta: dict[str, Any]) -> bytes:
        return named({"type": "content_block_delta", "index": self._index, "delta": delta})

    def _stop(self) -> bytes:
        self._kind = ""
        self._index += 1
        return named({"type": "content_block_stop", "index": self._index - 1})


def blocks_of(part: Part) -> list[dict[str, Any]]:
    """The blocks of a part: what a vendor put on a call stands before it, in a block of thinking without words."""
    match part:
        case Text(text):
            return [{"type": "text", "text": text}]
        case Reasoning(text="", signature="", encrypted=encrypted, id="", origin=origin) if encrypted and is_of(
            origin, ANTHROPIC
        ):
            return [{"type": "redacted_thinking", "data": encrypted}]
        case Reasoning(text=text):
            return [{"type": "thinking", "thinking": text, "signature": signature_of(part)}]
        case ToolCall() as call:
            signed = pack(Signed(call.signature, call_id=call.id, origin=call.origin)) if call.signature else ""
            before = [{"type": "thinking", "thinking": "", "signature": signed}] if signed else []
            return [*before, _call(call)]
        case _:
            return []


def signature_of(part: Reasoning) -> str:
    """Anthropic's own signature as it is; with whatever other vendors want handed back, packed."""
    foreign = bool(part.signature) and not is_of(part.origin, ANTHROPIC)
    if part.encrypted or part.id or foreign or part.signature.startswith(MARK):
        return pack(Signed(part.signature, part.encrypted, part.id, origin=part.origin))
    return part.signature


def usage_of(usage: Usage | None) -> dict[str, Any]:
    """Counts as the API tells them: what a cache gave or took is not part of `input_tokens`."""
    usage = usage or Usage()
    written = usage.cache_write + usage.cache_write_long
    return {
        "input_tokens": max(0, usage.input - usage.cache_read - written),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write,
            "ephemeral_1h_input_tokens": usage.cache_write_long,
        },
        "output_tokens": usage.output,
    }


def _message(model: str, id: str) -> dict[str, Any]:
    return {
        "id": f"msg_{id}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _call(call: ToolCall) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call)}


def _input(call: ToolCall) -> dict[str, Any]:
    """The arguments as an object; text that is none goes as Anthropic's documents say, under one name of its own."""
    if not call.arguments.strip():
        return {}
    try:
        value = json.loads(call.arguments)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {INVALID: call.arguments}
