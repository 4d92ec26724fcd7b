"""An answer as `/v1/responses` gives it whole, and the items that it consists of."""

from collections.abc import Mapping
from typing import Any

from portal.dialects.callers.answers import call_id, finish_of, finished, usage_details
from portal.dialects.callers.asked import Asked
from portal.dialects.callers.signatures import MADE_UP, MARK, Signed, pack
from portal.dialects.conversation import ChatResponse, FinishReason, Part, Reasoning, Text, ToolCall, Usage
from portal.dialects.origins import OPENAI, is_of

INCOMPLETE = {FinishReason.LENGTH: "max_output_tokens", FinishReason.CONTENT: "content_filter"}
"""Why an answer is not complete."""


def write(asked: Asked, response: ChatResponse, model: str, id: str, now: int) -> dict[str, Any]:
    """A whole answer."""
    items: list[dict[str, Any]] = []
    for part in finished(asked, response.parts, "call", id):
        if isinstance(part, ToolCall) and part.signature:
            items.append(signature_item(part, id, len(items)))
        if item := item_of(asked, part, id, len(items)):
            items.append(item)
    return whole(asked, items, finish_of(response), response.usage, model, id, now)


def whole(
    asked: Asked,
    items: list[dict[str, Any]],
    finish_reason: FinishReason,
    usage: Usage | None,
    model: str,
    id: str,
    now: int,
) -> dict[str, Any]:
    """The object of an answer that has ended."""
    reason = INCOMPLETE.get(finish_reason)
    return response_object(asked.echoed, model, id, now, "incomplete" if reason else "completed") | {
        "incomplete_details": {"reason": reason} if reason else None,
        "output": items,
        "usage": usage_of(usage),
    }


def response_object(echoed: Mapping[str, Any], model: str, id: str, now: int, status: str) -> dict[str, Any]:
    """The object of an answer, with what it repeats of its request."""
    return {
        "id": f"resp_{id}",
        "object": "response",
        "created_at": now,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": echoed.get("instructions"),
        "max_output_tokens": echoed.get("max_output_tokens"),
        "metadata": echoed.get("metadata", {}),
        "model": model,
        "output": [],
        "parallel_tool_calls": echoed.get("parallel_tool_calls", True),
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None} | echoed.get("reasoning", {}),
        "store": False,
        "temperature": echoed.get("temperature"),
        "text": {"format": {"type": "text"}} | echoed.get("text", {}),
        "tool_choice": echoed.get("tool_choice", "auto"),
        "tools": echoed.get("tools", []),
        "top_p": echoed.get("top_p"),
        "truncation": "disabled",
        "usage": None,
    }


def item_of(asked: Asked, part: Part, answer_id: str, index: int) -> dict[str, Any]:
    """The whole item of a part; nothing for a part that no model writes."""
    match part:
        case Text(text):
            return {
                "id": item_id("msg", answer_id, index),
                "type": "message",
                "status": "completed",
                "role": "assistant",
                "content": [text_part(text)],
            }
        case Reasoning():
            return reasoning_item(part, answer_id, index)
        case ToolCall() as call:
            return call_item(asked, call, answer_id, index)
        case _:
            return {}


def text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def summary_part(text: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": text}


def reasoning_item(part: Reasoning, answer_id: str, index: int, told: str = "") -> dict[str, Any]:
    """Thinking. What OpenAI encrypts goes as it is; another vendor's signature is packed into the same field.

    `told` is the id that the item has already: the provider's own may have come too late to be it.
    """
    item: dict[str, Any] = {
        "id": told or part.id or item_id(MADE_UP.removesuffix("_"), answer_id, index),
        "type": "reasoning",
        "summary": [summary_part(part.text)] if part.text else [],
    }
    foreign = bool(part.encrypted) and not is_of(part.origin, OPENAI)
    if part.signature or foreign or part.encrypted.startswith(MARK) or part.id not in ("", item["id"]):
        item["encrypted_content"] = pack(Signed(part.signature, part.encrypted, part.id, origin=part.origin))
    elif part.encrypted:
        item["encrypted_content"] = part.encrypted
    return item


def signature_item(call: ToolCall, answer_id: str, index: int) -> dict[str, Any]:
    """What a vendor put on a call: an item of reasoning without words."""
    return {
        "id": item_id(MADE_UP.removesuffix("_"), answer_id, index),
        "type": "reasoning",
        "summary": [],
        "encrypted_content": pack(Signed(call.signature, call_id=call.id, origin=call.origin)),
    }


def call_item(asked: Asked, call: ToolCall, answer_id: str, index: int, status: str = "completed") -> dict[str, Any]:
    """A call under the name that the caller knows, in its namespace."""
    known = asked.namespaced.get(call.name)
    prefix, kind, field = ("ctc", "custom_tool_call", "input") if call.custom else ("fc", "function_call", "arguments")
    item = {
        "id": item_id(prefix, answer_id, index),
        "type": kind,
        "status": status,
        "call_id": call.id,
        "name": known.name if known else call.name,
        field: call.arguments,
    }
    return item | {"namespace": known.namespace} if known else item


def item_id(prefix: str, answer_id: str, index: int) -> str:
    return call_id(prefix, answer_id, index)


def usage_of(usage: Usage | None) -> dict[str, Any]:
    counted, details = usage or Usage(), usage_details(usage)
    return {
        "input_tokens": counted.input,
        "input_tokens_details": details["input"],
        "output_tokens": counted.output,
        "output_tokens_details": details["output"],
        "total_tokens": counted.input + counted.output,
    }
