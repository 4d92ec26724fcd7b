"""OpenAI's responses, for the models that answer to nothing else: asked so that nothing is stored there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.dialects import openai, reading
from portal.dialects.apis import api_headers, api_url
from portal.dialects.assembly import CallStream, deltas_of, spread, tidy
from portal.dialects.base import Endpoint, UpstreamRequest, UpstreamResponse
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
)
from portal.dialects.faults import refusals
from portal.dialects.faults.adjustments import Adjustment
from portal.dialects.faults.adjustments import adjust as adjust_with
from portal.dialects.faults.errors import carries_error
from portal.dialects.framing.sse import NOTHING_YET, Event, collect, events, peek
from portal.dialects.responses_requests import body_of
from portal.dialects.usage import usage_in
from portal.dialects.writing import url_of, write
from portal.domain.faults import Category, Fault, UpstreamError

name = "responses"

ADJUSTMENTS: tuple[Adjustment, ...] = (
    Adjustment("temperature", "This model takes no temperature of its own; the portal left it out."),
    Adjustment("top_p", "This model takes no top p; the portal left it out."),
    Adjustment("reasoning", "This model takes no reasoning effort, or not this one; the portal left it out."),
    Adjustment("include", "This model does not hand its thoughts back; the portal did without."),
)

CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
"""The items that call a tool, and where their arguments are."""

WORDS = ("response.output_text.delta", "response.refusal.delta")
THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
ARGUMENTS = ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta")
ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


def chat(endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> UpstreamRequest:
    url = api_url(endpoint, "responses", chat_request.wire_name) or url_of(endpoint, "/responses")
    headers = api_headers(endpoint, "responses", chat_request.wire_name)
    return UpstreamRequest("POST", url, headers, write(body_of(chat_request, stream=stream)), stream)


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    value = refusals.answered(endpoint, response)
    request_id = refusals.request_id(response.headers)
    if value is refusals.CUT_SHORT:
        return ChatResponse((), "", FinishReason.LENGTH, request_id=request_id)
    items = reading.field(value, "output")
    if not isinstance(items, list) or value.get("status") in ("failed", "cancelled"):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    parts = tidy(part for item in items for part in _parts(item))
    called = any(isinstance(part, ToolCall) for part in parts)
    return ChatResponse(
        parts, reading.name(value.get("model")), _finish_reason(value, called=called), usage_in(value), request_id
    )


def read_stream(endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
    is_sse, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not is_sse:
        yield from deltas_of(read_chat(endpoint, UpstreamResponse(200, headers, collect(chunks))))
        return
    items, model, request_id = _Items(), "", refusals.request_id(headers)
    for event in events(chunks):
        if event is NOTHING_YET:
            yield PAUSE
            continue
        if event.is_done:
            break
        value = _event(endpoint, headers, event)
        kind = value.get("type") or event.name
        answer = value.get("response")
        told = reading.name(reading.field(answer, "model"))
        delta = ChatDelta(model=told if told != model else "", request_id=request_id)
        model, request_id = told or model, ""
        if kind in ENDS:
            if kind in ENDS[2:]:
                raise UpstreamError(refusals.fault_in(endpoint, UpstreamResponse(200, headers, b""), _error_in(answer)))
            yield from spread(delta, items.rest(answer))
            yield ChatDelta(finish_reason=_finish_reason(answer, called=items.called), usage=usage_in(answer))
            return
        yield from spread(delta, items.read(kind, value))
    raise UpstreamError(refusals.dropped())


list_models, read_models, read_fault = openai.list_models, openai.read_models, openai.read_fault


def adjust(endpoint: Endpoint, request: UpstreamRequest, fault: Fault) -> tuple[UpstreamRequest, str] | None:  # noqa: ARG001 - the request tells all
    return adjust_with(request, fault, ADJUSTMENTS)


class _Items:
    """The items of one answer as they arrive, told apart by their place. A finished one adds what no delta said."""

    def __init__(self) -> None:
        self._calls = CallStream()
        self._told: set[object] = set()

    @property
    def called(self) -> bool:
        return len(self._calls) > 0

    def read(self, kind: object, value: Mapping[str, Any]) -> Iterator[ChatDelta]:
        """What an event says."""
        at, delta = value.get("output_index"), reading.text(value.get("delta"))
        at = at if isinstance(at, int) else None
        item = value.get("item")
        if kind in (*WORDS, *THOUGHTS) and delta:
            self._told.add(at)
            yield ChatDelta(text=delta) if kind in WORDS else ChatDelta(thinking=delta)
        elif kind == "response.reasoning_summary_part.added" and at in self._told:
            yield ChatDelta(thinking="\n\n")
        elif kind in ARGUMENTS:
            yield self._calls.delta(at, arguments=delta)
        elif kind == "response.output_item.added":
            yield self._begun(at, item)
        elif kind == "response.output_item.done":
            yield from self._finished(at, item)

    def rest(self, answer: object) -> Iterator[ChatDelta]:
        """What the whole answer, told at its end, has that no event brought: servers that send nothing else."""
        items = reading.field(answer, "output")
        if not self._told and not self.called and isinstance(items, list):
            for at, item in enumerate(items):
                yield from self._finished(at, item)

    def _begun(self, at: int | None, item: object) -> ChatDelta:
        kind = reading.field(item, "type")
        if kind not in CALLS:
            return ChatDelta()
        call_id = reading.text(reading.field(item, "call_id")) or reading.text(reading.field(item, "id"))
        return self._calls.delta(at, call_id, reading.text(reading.field(item, "name")), custom=kind != "function_call")

    def _finished(self, at: int | None, item: object) -> Iterator[ChatDelta]:
        kind = reading.field(item, "type")
        if kind in CALLS:
            yield self._begun(at, item)
            if not self._calls.told(at):
                yield self._calls.delta(at, arguments=reading.text(reading.field(item, CALLS[kind])))
            return
        for part in _parts(item):
            if isinstance(part, Text) and at not in self._told:
                yield ChatDelta(text=part.text)
            elif isinstance(part, Reasoning):
                thinking = "" if at in self._told else part.text
                yield ChatDelta(thinking=thinking, encrypted=part.encrypted, reasoning_id=part.id)
        self._told.add(at)


def _parts(item: object) -> Iterator[Part]:
    """What an item holds; calls of tools that the provider runs itself are its own affair."""
    kind = reading.field(item, "type")
    if kind in CALLS:
        call_id = reading.text(reading.field(item, "call_id")) or reading.text(reading.field(item, "id"))
        arguments = reading.text(reading.field(item, CALLS[kind]))
        yield ToolCall(call_id, reading.text(reading.field(item, "name")), arguments, custom=kind == "custom_tool_call")
    elif kind == "reasoning":
        yield Reasoning(
            _joined(item, "summary") or _joined(item, "content"),
            encrypted=reading.text(reading.field(item, "encrypted_content")),
            id=reading.text(reading.field(item, "id")),
        )
    elif kind == "message":
        yield Text(_joined(item, "content", ""))


def _joined(item: object, field: str, between: str = "\n\n") -> str:
    rows = reading.field(item, field)
    texts = (
        reading.text(reading.field(row, "text")) or reading.text(reading.field(row, "refusal"))
        for row in (rows if isinstance(rows, list) else [])
    )
    return between.join(text for text in texts if text)


def _finish_reason(answer: object, *, called: bool) -> FinishReason | None:
    status = reading.field(answer, "status")
    if status == "incomplete":
        reason = reading.field(answer, "incomplete_details", "reason")
        reasons = {"max_output_tokens": FinishReason.LENGTH, "content_filter": FinishReason.CONTENT}
        return reasons.get(reason, FinishReason.OTHER) if isinstance(reason, str) else FinishReason.OTHER
    return FinishReason.TOOL if called else FinishReason.STOP


def _error_in(answer: object) -> dict[str, Any]:
    return {"error": reading.field(answer, "error") or {"type": "server_error"}}


def _event(endpoint: Endpoint, headers: Mapping[str, str], event: Event) -> dict[str, Any]:
    """The object in one event; raises on an error, which may stand in it plain."""
    value = reading.load(event.data)
    if isinstance(value, reading.Unreadable):
        raise UpstreamError(Fault(Category.SHAPE, reading.quote(event.data), request_id=refusals.request_id(headers)))
    if carries_error(value):
        raise UpstreamError(refusals.fault_in(endpoint, UpstreamResponse(200, headers, b""), value))
    if event.name == "error" or reading.field(value, "type") == "error":
        inner = {key: one for key, one in value.items() if key != "type"} if isinstance(value, dict) else value
        error = {"error": inner or {"type": "server_error"}}
        raise UpstreamError(refusals.fault_in(endpoint, UpstreamResponse(200, headers, b""), error))
    return value if isinstance(value, dict) else {}
