"""Amazon Bedrock's Converse: one shape for every vendor's models there, and an event stream in binary frames."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from portal.dialects import anthropic, openai, reading
from portal.dialects import bedrock_control as control
from portal.dialects.base import (
    PAUSE,
    ChatDelta,
    ChatRequest,
    ChatResponse,
    Endpoint,
    FinishReason,
    UpstreamRequest,
    UpstreamResponse,
    Usage,
)
from portal.dialects.faults import refusals
from portal.dialects.faults.adjustments import Adjustment
from portal.dialects.faults.adjustments import adjust as adjust_with
from portal.dialects.framing.eventstream import frames, peek
from portal.dialects.framing.sse import collect
from portal.dialects.writing import headers_of, url_of, write
from portal.domain.faults import Category, Fault, UpstreamError

name = "bedrock"

FINISHES: dict[str, FinishReason] = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL,
    "malformed_tool_use": FinishReason.TOOL,
    "content_filtered": FinishReason.CONTENT,
    "guardrail_intervened": FinishReason.CONTENT,
}

STATUSES: dict[str, int] = {
    "validationexception": 400,
    "accessdeniedexception": 403,
    "resourcenotfoundexception": 404,
    "modeltimeoutexception": 408,
    "modelstreamerrorexception": 424,
    "throttlingexception": 429,
    "internalserverexception": 500,
    "serviceunavailableexception": 503,
}
"""The statuses that errors in the middle of a stream would have had as responses."""

ADJUSTMENTS: tuple[Adjustment, ...] = (
    *anthropic.ADJUSTMENTS,
    *(
        Adjustment(field, "This model takes no effort, or not this one; the portal left it out.")
        for field in ("reasoning_effort", "reasoning_config")
    ),
)


def chat(endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> UpstreamRequest:
    body: dict[str, Any] = {"messages": _messages(chat_request)}
    if chat_request.system.strip():
        body["system"] = [{"text": chat_request.system}]
    body |= _options(chat_request)
    headers = headers_of(endpoint, body=True)
    if stream:
        headers["Accept"] = "application/vnd.amazon.eventstream"
    path = f"/model/{quote(chat_request.wire_name, safe='')}/{'converse-stream' if stream else 'converse'}"
    return control.authorised(endpoint, UpstreamRequest("POST", url_of(endpoint, path), headers, write(body), stream))


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    value = refusals.answered(endpoint, response)
    request_id = refusals.request_id(response.headers)
    if value is refusals.CUT_SHORT:
        return ChatResponse("", "", FinishReason.LENGTH, request_id=request_id)
    message = reading.field(value, "output", "message")
    if not isinstance(message, Mapping):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    return ChatResponse(
        text="".join(reading.text(reading.field(block, "text")) for block in blocks),
        model=_routed(value),
        finish_reason=_finish_reason(value),
        thinking="".join(
            reading.text(reading.field(block, "reasoningContent", "reasoningText", "text")) for block in blocks
        ),
        usage=_usage(value),
        request_id=request_id,
    )


def read_stream(endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
    binary, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not binary:
        yield openai.whole(read_chat(endpoint, UpstreamResponse(200, headers, collect(chunks))))
        return
    request_id, over = refusals.request_id(headers), False
    for frame in frames(chunks):
        if frame is None:
            yield PAUSE
            continue
        event, value = _event(endpoint, headers, *frame)
        delta = ChatDelta()
        if event == "contentBlockDelta":
            part = value.get("delta")
            delta = ChatDelta(
                text=reading.text(reading.field(part, "text")),
                thinking=reading.text(reading.field(part, "reasoningContent", "text")),
            )
        elif event == "messageStop":
            delta = ChatDelta(finish_reason=_finish_reason(value))
            over = True
        elif event == "metadata":
            delta = ChatDelta(model=_routed(value), usage=_usage(value))
        if delta:
            yield replace(delta, request_id=request_id)
            request_id = ""
    if not over:
        raise UpstreamError(refusals.dropped())


list_models, read_models = control.list_models, control.read_models


def read_fault(endpoint: Endpoint, response: UpstreamResponse) -> Fault:
    return refusals.read_fault(endpoint, response)


def adjust(endpoint: Endpoint, request: UpstreamRequest, fault: Fault) -> tuple[UpstreamRequest, str] | None:  # noqa: ARG001 - the request tells all
    """Claude's adjustments, inside the two objects where Converse keeps options, and for its own spelling of top p."""
    body = reading.load(request.body or b"")
    renamed = replace(fault, detail=fault.detail.replace("topP", "top_p"))
    for holder in ("inferenceConfig", "additionalModelRequestFields"):
        inside = reading.field(body, holder)
        if not isinstance(inside, dict):
            continue
        plain = {"top_p" if key == "topP" else key: value for key, value in inside.items()}
        adjusted = adjust_with(replace(request, body=write(plain)), renamed, ADJUSTMENTS)
        if adjusted is not None:
            left = reading.load(adjusted[0].body or b"")
            kept = {"topP" if key == "top_p" else key: value for key, value in left.items()}
            changed = {**body, holder: kept} if kept else {key: body[key] for key in body if key != holder}
            return replace(request, body=write(changed)), adjusted[1]
    return None


def _messages(chat_request: ChatRequest) -> list[dict[str, Any]]:
    """The messages that are not blank, neighbours of one role as one; a conversation begins with the user's."""
    messages: list[dict[str, Any]] = []
    for message in chat_request.messages:
        if not message.text.strip() or (not messages and message.role != "user"):
            continue
        if messages and messages[-1]["role"] == message.role:
            messages[-1]["content"].append({"text": message.text})
        else:
            messages.append({"role": message.role, "content": [{"text": message.text}]})
    return messages


def _options(chat_request: ChatRequest) -> dict[str, Any]:
    """Options that every model takes in one object, and its vendor's own, under the vendor's names, in another."""
    claude = "claude" in chat_request.wire_name.lower()
    options = chat_request.options if claude else {**chat_request.options, "thinking_budget": None}
    chat_request = replace(chat_request, options=options)
    chosen = anthropic.sampling(chat_request)
    most = anthropic.longest(chat_request) if options.get("thinking_budget") else options.get("max_output_tokens")
    usual = {"maxTokens": most, "temperature": chosen.get("temperature"), "topP": chosen.get("top_p")}
    further = anthropic.thinking(chat_request) if claude else _effort(chat_request)
    if (top_k := chosen.get("top_k")) is not None:
        further |= (
            {"inferenceConfig": {"topK": top_k}} if "nova" in chat_request.wire_name.lower() else {"top_k": top_k}
        )
    fields = {"inferenceConfig": {name: value for name, value in usual.items() if value is not None}}
    return {name: value for name, value in (fields | {"additionalModelRequestFields": further}).items() if value}


_NAMELESS = re.compile(r"^arn:.*[:/](application-inference-profile|provisioned-model|imported-model|custom-model)")
"""Names that do not tell whose model it is."""


def _effort(chat_request: ChatRequest) -> dict[str, Any]:
    """How hard to think, as the model's vendor spells it.

    Behind a name that tells of no vendor stands most often a Claude; every other one refuses its spelling, and the
    effort is then left out and that is said.
    """
    effort = chat_request.options.get("effort")
    if effort is None:
        return {}
    if _NAMELESS.match(chat_request.wire_name.lower()):
        return {"output_config": {"effort": effort}}
    return {"reasoning_config" if "qwen" in chat_request.wire_name.lower() else "reasoning_effort": effort}


def _event(
    endpoint: Endpoint, headers: Mapping[str, str], labels: Mapping[str, Any], payload: bytes
) -> tuple[str, Mapping[str, Any]]:
    """The name of an event and its object. Raises on the errors that a stream may carry."""
    value = reading.load(payload) if payload else {}
    kind = str(labels.get(":message-type", "event"))
    if kind != "event":
        code = str(labels.get(":exception-type") or labels.get(":error-code") or "internalServerException")
        words = reading.text(reading.field(value, "message")) or reading.text(labels.get(":error-message"))
        inner = reading.text(reading.field(value, "originalMessage"))
        error = {
            "message": f"{words} {inner}".strip() if inner and inner not in words else words,
            "code": code,
            "status": STATUSES.get(code.lower(), 500),
        }
        raise UpstreamError(refusals.fault_in(endpoint, UpstreamResponse(200, headers, b""), {"error": error}))
    if not isinstance(value, Mapping):
        raise UpstreamError(Fault(Category.SHAPE, reading.quote(payload.decode("utf-8", "replace"))))
    return str(labels.get(":event-type", "")), value


def _finish_reason(value: object) -> FinishReason | None:
    reason = reading.field(value, "stopReason")
    return FINISHES.get(reason, FinishReason.OTHER) if isinstance(reason, str) and reason else None


def _routed(value: object) -> str:
    """The model that a prompt router chose; Converse names none otherwise."""
    return reading.name(reading.field(value, "trace", "promptRouter", "invokedModelId")).rsplit("/", 1)[-1]


def _usage(value: object) -> Usage | None:
    usage = reading.field(value, "usage")
    if not isinstance(usage, Mapping):
        return None
    read, written = (reading.count(usage.get(key)) for key in ("cacheReadInputTokens", "cacheWriteInputTokens"))
    longer = min(written, _kept_longer(usage.get("cacheDetails")))
    return Usage(
        input=reading.count(usage.get("inputTokens")) + read + written,
        output=reading.count(usage.get("outputTokens")),
        cache_read=read,
        cache_write=written - longer,
        cache_write_long=longer,
    )


def _kept_longer(details: object) -> int:
    """The tokens that were written to be kept for an hour, of a list that splits what was written by its life."""
    rows = details if isinstance(details, list) else []
    return sum(reading.count(reading.field(row, "inputTokens")) for row in rows if reading.field(row, "ttl") == "1h")
