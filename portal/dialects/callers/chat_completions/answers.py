"""An answer as `/v1/chat/completions` gives it, whole or as a stream."""

from typing import Any

from portal.dialects.callers.answers import (
    CallInParts,
    call_id,
    finish_of,
    finished,
    settled,
    usage_details,
)
from portal.dialects.callers.asked import Asked
from portal.dialects.callers.errors import openai_error
from portal.dialects.callers.frames import DONE, data
from portal.dialects.conversation import (
    ChatDelta,
    ChatResponse,
    FinishReason,
    Reasoning,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from portal.dialects.origins import ANTHROPIC, GOOGLE, OPENAI, vendor_in

FINISHES = {
    FinishReason.STOP: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.CONTENT: "content_filter",
    FinishReason.TOOL: "tool_calls",
    FinishReason.OTHER: "stop",
}


FORMATS = {
    ANTHROPIC: "anthropic-claude-v1",
    GOOGLE: "google-gemini-v1",
    OPENAI: "openai-responses-v1",
}
"""What OpenRouter calls the shapes of vendors' reasoning."""


def write(asked: Asked, response: ChatResponse, model: str, id: str, now: int) -> dict[str, Any]:
    """A whole answer. Texts become one, and stand before the calls: the API has no other order."""
    parts = finished(asked, response.parts, "call", id)
    calls = [call for call in parts if isinstance(call, ToolCall)]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": response.text or (None if calls else ""),
        "refusal": None,
    }
    if response.thinking:
        message["reasoning_content"] = response.thinking
    thought = [part for part in parts if isinstance(part, Reasoning)]
    if any(part.signature or part.encrypted or part.id for part in thought):
        details = [details_of(part, index) for index, part in enumerate(thought)]
        message["reasoning_details"] = [detail for several in details for detail in several]
    if calls:
        message["tool_calls"] = [_call(call) for call in calls]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": FINISHES[finish_of(response)]}
    return _frame(model, id, now, "chat.completion", [choice]) | {"usage": usage_of(response.usage)}


class Writer:
    """A stream. Every method gives the bytes that are due, blank where nothing is to be said yet."""

    def __init__(self, asked: Asked, model: str, id: str, now: int) -> None:
        self._asked, self._model, self._id, self._now = asked, model, id, now
        self._usage: Usage | None = None
        self._finish_reason: FinishReason | None = None
        self._calls: dict[int, CallInParts] = {}
        self._thought: list[str] = []
        self._reasoning_id = ""
        self._reasonings = 0

    def begin(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def delta(self, delta: ChatDelta) -> bytes:
        self._usage = delta.usage or self._usage
        self._finish_reason = delta.finish_reason or self._finish_reason
        said: dict[str, Any] = {}
        if delta.thinking:
            self._thought.append(delta.thinking)
            said["reasoning_content"] = delta.thinking
        if delta.reasoning_id:
            self._reasoning_id = delta.reasoning_id
        if delta.signature or delta.encrypted:
            said["reasoning_details"] = self._details(delta.signature, delta.encrypted)
        if delta.text:
            said["content"] = delta.text
        if delta.call is not None and (call := self._call(delta.call)):
            said["tool_calls"] = [call]
        return self._chunk(said) if said else b""

    def end(self) -> bytes:
        calls = [self._rest(index) for index in sorted(self._calls) if self._calls[index].converted]
        last = self._chunk({"tool_calls": calls}) if calls else b""
        if (self._thought and self._reasonings) or self._reasoning_id:
            last += self._chunk({"reasoning_details": self._details("", "")})
        reason = FINISHES[settled(self._finish_reason, any(call.told for call in self._calls.values()))]
        last += self._chunk({}, reason)
        if self._asked.usage_wanted:
            frame = _frame(self._model, self._id, self._now, "chat.completion.chunk", [])
            last += data(frame | {"usage": usage_of(self._usage)})
        return last + DONE

    def error(self, status: int, code: str, message: str) -> bytes:
        return data(openai_error(status, code, message)) + DONE

    def _chunk(self, said: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": said, "logprobs": None, "finish_reason": finish_reason}
        frame = _frame(self._model, self._id, self._now, "chat.completion.chunk", [choice])
        return data(frame | {"usage": None} if self._asked.usage_wanted else frame)

    def _details(self, signature: str, encrypted: str) -> list[dict[str, Any]]:
        part = Reasoning("".join(self._thought), signature, encrypted, self._reasoning_id, self._asked.origin)
        self._thought.clear()
        self._reasoning_id = ""
        self._reasonings += 1
        return details_of(part, self._reasonings - 1)

    def _call(self, delta: ToolCallDelta) -> dict[str, Any]:
        """What a delta of a call adds; the text of a custom tool that a function stood for comes at the end."""
        call = self._calls.setdefault(delta.index, CallInParts())
        call.add(delta, self._asked)
        if not call.name:
            return {}
        inside = "custom" if call.custom or call.converted else "function"
        field = "input" if inside == "custom" else "arguments"
        if call.told:
            words = "" if call.converted else delta.arguments
            said: dict[str, Any] = {inside: {field: words}} if words else {}
            signature = delta.signature
        else:
            call.told = True
            call.id = call.id or call_id("call", self._id, delta.index)
            words, signature = "" if call.converted else call.arguments, call.signature
            said = {"id": call.id, "type": inside, inside: {"name": call.name, field: words}}
        if signature:
            said["extra_content"] = signed_content(signature, self._asked.origin)
        return {"index": delta.index} | said if said else {}

    def _rest(self, index: int) -> dict[str, Any]:
        return {"index": index, "custom": {"input": self._calls[index].whole.arguments}}


def details_of(part: Reasoning, index: int) -> list[dict[str, Any]]:
    """A part of reasoning with all that it holds beyond its words, in OpenRouter's shape, and whose it is."""
    name = {"id": part.id} if part.id else {}
    if part.origin:
        name |= {"format": FORMATS.get(vendor_in(part.origin), "unknown"), "origin": part.origin}
    details: list[dict[str, Any]] = []
    if part.text or part.signature or not part.encrypted:
        signature = {"signature": part.signature} if part.signature else {}
        details.append({"type": "reasoning.text", "text": part.text, "index": index} | signature | name)
    if part.encrypted:
        details.append({"type": "reasoning.encrypted", "data": part.encrypted, "index": index} | name)
    return details


def signed_content(signature: str, origin: str) -> dict[str, Any]:
    """What a vendor put on a call, where Google's surface has it, and whose it is."""
    found: dict[str, Any] = {"google": {"thought_signature": signature}}
    return found | ({"portal": {"origin": origin}} if origin else {})


def usage_of(usage: Usage | None) -> dict[str, Any]:
    counted, details = usage or Usage(), usage_details(usage)
    return {
        "prompt_tokens": counted.input,
        "completion_tokens": counted.output,
        "total_tokens": counted.input + counted.output,
        "prompt_tokens_details": details["input"],
        "completion_tokens_details": details["output"],
    }


def _frame(model: str, id: str, now: int, kind: str, choices: list[Any]) -> dict[str, Any]:
    return {"id": f"chatcmpl-{id}", "object": kind, "created": now, "model": model, "choices": choices}


def _call(call: ToolCall) -> dict[str, Any]:
    inside, field = ("custom", "input") if call.custom else ("function", "arguments")
    written: dict[str, Any] = {"id": call.id, "type": inside, inside: {"name": call.name, field: call.arguments}}
    if call.signature:
        written["extra_content"] = signed_content(call.signature, call.origin)
    return written
