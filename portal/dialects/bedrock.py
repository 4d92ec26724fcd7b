"""Amazon Bedrock's Converse: one shape for every vendor's models there, and an event stream in binary frames."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from portal.dialects import anthropic, reading
from portal.dialects import bedrock_control as control
from portal.dialects.assembly import CallStream, deltas_of, spread, tidy
from portal.dialects.base import Endpoint, UpstreamRequest, UpstreamResponse
from portal.dialects.bedrock_requests import body_of
from portal.dialects.conversation import (
    PAUSE,
    ChatDelta,
    ChatRequest,
    ChatResponse,
    FinishReason,
    Part,
    Reasoning,
    Text,
    ToolCall,
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
    headers = headers_of(endpoint, body=True)
    if stream:
        headers["Accept"] = "application/vnd.amazon.eventstream"
    path = f"/model/{quote(chat_request.wire_name, safe='')}/{'converse-stream' if stream else 'converse'}"
    return control.authorised(
        endpoint, UpstreamRequest("POST", url_of(endpoint, path), headers, write(body_of(chat_request)), stream)
    )


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    value = refusals.answered(endpoint, response)
    request_id = refusals.request_id(response.headers)
    if value is refusals.CUT_SHORT:
        return ChatResponse((), "", FinishReason.LENGTH, request_id=request_id)
    message = reading.field(value, "output", "message")
    if not isinstance(message, Mapping):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    return ChatResponse(
        tidy(part for block in blocks for part in _parts(block)),
        model=_routed(value),
        finish_reason=_finish_reason(value),
        usage=_usage(value),
        request_id=request_id,
    )


def read_stream(endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
    binary, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not binary:
        yield from deltas_of(read_chat(endpoint, UpstreamResponse(200, headers, collect(chunks))))
        return
    request_id, over = refusals.request_id(headers), False
    calls, begun = CallStream(request_id), None
    for frame in frames(chunks):
        if frame is None:
            yield PAUSE
            continue
        event, value = _event(endpoint, headers, *frame)
        delta, further = ChatDelta(), ChatDelta()
        at = value.get("contentBlockIndex")
        at = at if isinstance(at, int) else None
        if event == "contentBlockStart" and isinstance(called := reading.field(value, "start", "toolUse"), Mapping):
            further = calls.delta(at, reading.text(called.get("toolUseId")), reading.text(called.get("name")))
            begun = at
        elif event == "contentBlockStop" and calls and at == begun:
            further, begun = (ChatDelta() if calls.told(at) else calls.delta(at, arguments="{}")), None
        elif event == "contentBlockDelta":
            part = value.get("delta")
            delta = ChatDelta(
                text=reading.text(reading.field(part, "text")),
                thinking=reading.text(reading.field(part, "reasoningContent", "text")),
            )
            further = _proof(reading.field(part, "reasoningContent"))
            if arguments := reading.text(reading.field(part, "toolUse", "input")):
                further = calls.delta(at, arguments=arguments)
        elif event == "messageStop":
            delta = ChatDelta(finish_reason=_finish_reason(value))
            over = True
        elif event == "metadata":
            delta = ChatDelta(model=_routed(value), usage=_usage(value))
        for one in spread(delta, (further,)):
            yield replace(one, request_id=request_id)
            request_id = ""
    if not over:
        raise UpstreamError(refusals.dropped())


def _parts(block: object) -> tuple[Part, ...]:
    """What a block of a whole answer holds."""
    called = reading.field(block, "toolUse")
    if isinstance(called, Mapping):
        arguments = called.get("input")
        text = json.dumps(arguments if isinstance(arguments, Mapping) else {}, ensure_ascii=False)
        return (ToolCall(reading.text(called.get("toolUseId")), reading.text(called.get("name")), text),)
    thought = reading.field(block, "reasoningContent")
    told = reading.field(thought, "reasoningText")
    proof = _proof(told)
    reasoning = Reasoning(reading.text(reading.field(told, "text")), proof.signature, _proof(thought).encrypted)
    return reasoning, Text(reading.text(reading.field(block, "text")))


def _proof(thought: object) -> ChatDelta:
    """What the provider wants handed back with what was thought."""
    return ChatDelta(
        signature=reading.text(reading.field(thought, "signature")),
        encrypted=reading.text(reading.field(thought, "redactedContent")),
    )


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
