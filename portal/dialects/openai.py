"""OpenAI's chat completions, as OpenAI and a dozen kinds of servers serve them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from portal.dialects import reading, thought_details
from portal.dialects.accumulators import TextAccumulator
from portal.dialects.assembly import CallStream, deltas_of, spread, tidy
from portal.dialects.base import Endpoint, Listing, Page, UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import (
    PAUSE,
    ChatDelta,
    ChatRequest,
    ChatResponse,
    FinishReason,
    Part,
    Reasoning,
    Text,
)
from portal.dialects.faults import refusals
from portal.dialects.faults.adjustments import Adjustment
from portal.dialects.faults.adjustments import adjust as adjust_with
from portal.dialects.faults.errors import carries_error
from portal.dialects.framing.sse import NOTHING_YET, collect, events, peek
from portal.dialects.listings import name_of, nameless, read_listing, rows_of
from portal.dialects.openai_messages import calls_of, calls_tool, deltas_called, text_of, thinking_of
from portal.dialects.openai_requests import body_of
from portal.dialects.plain_events import words_alone
from portal.dialects.thought_details import ThoughtDetails
from portal.dialects.usage import usage_in
from portal.dialects.writing import headers_of, path_of, url_of, write
from portal.domain.faults import Category, Fault, UpstreamError

name = "openai"

FINISHES: dict[str, FinishReason] = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT,
    "tool_calls": FinishReason.TOOL,
    "function_call": FinishReason.TOOL,
}

ADJUSTMENTS: tuple[Adjustment, ...] = (
    Adjustment(
        "max_tokens",
        "This model takes max_completion_tokens in place of max_tokens; the portal sent that.",
        to="max_completion_tokens",
    ),
    Adjustment(
        "max_completion_tokens",
        "This server takes max_tokens in place of max_completion_tokens; the portal sent that.",
        to="max_tokens",
    ),
    Adjustment(
        "top_p", "This model takes no top p beside a temperature; the portal left it out.", only_if="cannot both"
    ),
    Adjustment("temperature", "This model takes no temperature of its own; the portal left it out."),
    Adjustment("top_p", "This model takes no top p; the portal left it out."),
    Adjustment("top_k", "This model takes no top k; the portal left it out."),
    Adjustment("presence_penalty", "This model takes no presence penalty; the portal left it out."),
    Adjustment("frequency_penalty", "This model takes no frequency penalty; the portal left it out."),
    Adjustment("reasoning_effort", "This model takes no reasoning effort, or not this one; the portal left it out."),
    Adjustment("stream_options", "This server does not count tokens while streaming; the portal did without."),
)


def chat(endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> UpstreamRequest:
    body = body_of(endpoint, chat_request, stream=stream)
    if stream and endpoint.type.stream_options:
        body["stream_options"] = {"include_usage": True}
    url = url_of(endpoint, path_of(endpoint, "chat", "/chat/completions", chat_request.wire_name))
    return UpstreamRequest("POST", url, headers_of(endpoint, body=True), write(body), stream)


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    value = refusals.answered(endpoint, response)
    request_id = refusals.request_id(response.headers)
    if value is refusals.CUT_SHORT:
        return ChatResponse((), "", FinishReason.LENGTH, request_id=request_id)
    choice = _choice(value)
    if choice is None:
        raise UpstreamError(refusals.read_fault(endpoint, response))
    if choice.get("finish_reason") == "error" or choice.get("error"):
        raise UpstreamError(_inside(endpoint, response.headers, choice.get("error")))
    message = choice.get("message")
    finish_reason = _finish_reason(choice)
    return ChatResponse(
        tidy(_parts(endpoint, value, choice)),
        model=reading.name(value.get("model")),
        finish_reason=FinishReason.TOOL
        if finish_reason is FinishReason.STOP and calls_tool(message)
        else finish_reason,
        usage=usage_in(value),
        request_id=request_id,
    )


def read_stream(endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
    is_sse, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not is_sse:
        yield from deltas_of(read_chat(endpoint, UpstreamResponse(200, headers, collect(chunks))))
        return
    request_id, model, over = refusals.request_id(headers), "", False
    said, thought, wants_tool = TextAccumulator(), TextAccumulator(), False
    calls, details = CallStream(), ThoughtDetails()
    named: object = None
    may_be_words = not endpoint.type.thoughts_in_parts
    for event in events(chunks):
        if event is NOTHING_YET:
            yield PAUSE
            continue
        if event.is_done:
            over = True
            break
        value = reading.load(event.data)
        words = words_alone(value, named) if may_be_words and calls.seed and event.name != "error" else None
        if words is not None:
            if text := said.delta(reading.clean(words)):
                yield ChatDelta(text)
            continue
        value = _event(endpoint, headers, event.name, event.data, value)
        if value is refusals.CUT_SHORT:
            yield ChatDelta(finish_reason=FinishReason.LENGTH)
            return
        choice = _choice(value) or {}
        part, message = choice.get("delta"), choice.get("message")
        finish_reason = _finish_reason(choice)
        wants_tool = wants_tool or calls_tool(part) or calls_tool(message)
        last = finish_reason is not None
        calls.seed = calls.seed or reading.name(value.get("id"))
        called = list(deltas_called(calls, part if part or calls else message))
        if part or not message:
            text = said.delta(text_of(part) or reading.text(choice.get("text")), last=last)
            thinking = thought.delta(thinking_of(part), last=last)
        else:
            text, thinking = said.message(text_of(message)), thought.message(thinking_of(message))
        named = value.get("model")
        new_model = reading.name(named)
        delta = ChatDelta(
            text=text,
            thinking=thinking,
            model=new_model if new_model != model else "",
            finish_reason=FinishReason.TOOL if finish_reason is FinishReason.STOP and wants_tool else finish_reason,
            usage=usage_in(value),
            request_id=request_id,
        )
        model, request_id = new_model or model, ""
        over = over or last
        if endpoint.type.thoughts_in_parts:
            details.add(part or message)
            if text or called or last:
                told = replace(delta, text="", finish_reason=None, usage=None)
                delta = ChatDelta(text, finish_reason=delta.finish_reason, usage=delta.usage)
                yield from filter(None, (told, ChatDelta(encrypted=details.take())))
        yield from spread(delta, called)
    if rest := details.take():
        yield ChatDelta(encrypted=rest)
    if not over:
        raise UpstreamError(refusals.dropped())


def list_models(endpoint: Endpoint) -> UpstreamRequest | None:
    return UpstreamRequest(
        "GET", url_of(endpoint, path_of(endpoint, "models", "/models")), headers_of(endpoint, body=False)
    )


def read_models(endpoint: Endpoint, request: UpstreamRequest, response: UpstreamResponse) -> Page:  # noqa: ARG001 - this listing has one page
    value = refusals.answered(endpoint, response)
    rows, names = rows_of(value)
    if rows is None:
        raise UpstreamError(refusals.read_fault(endpoint, response))
    listings: dict[str, Listing] = {}
    for row in rows:
        wire_name = name_of(row, names)
        if wire_name:
            listings.setdefault(wire_name, _listing(endpoint, wire_name, row))
    if rows and not listings:
        raise UpstreamError(nameless(len(rows)))
    return Page(tuple(listings.values()))


def read_fault(endpoint: Endpoint, response: UpstreamResponse) -> Fault:
    return refusals.read_fault(endpoint, response)


def adjust(endpoint: Endpoint, request: UpstreamRequest, fault: Fault) -> tuple[UpstreamRequest, str] | None:  # noqa: ARG001 - the request tells all
    return adjust_with(request, fault, ADJUSTMENTS)


def _listing(endpoint: Endpoint, wire_name: str, row: object) -> Listing:
    """One row of a listing, and whose its limits are: read without a name, it has no family to lend them."""
    listing, bare = read_listing(endpoint, wire_name, row), read_listing(endpoint, "", row)
    return replace(listing, from_family=bare.context_limit is None, output_from_family=bare.output_limit is None)


def _choice(value: Any) -> dict[str, Any] | None:
    choices = reading.field(value, "choices")
    if not isinstance(choices, list):
        return None
    return next((one for one in choices if isinstance(one, dict) and one.get("index") in (0, None)), None)


def _event(endpoint: Endpoint, headers: Mapping[str, str], event: str, data: str, value: Any) -> Any:
    """The object in one event: {} where there is none, CUT_SHORT for a limit; raises on an error."""
    if not data.strip():
        return {}
    if isinstance(value, reading.Unreadable):
        if event == "error":
            raise UpstreamError(_inside(endpoint, headers, data))
        raise UpstreamError(Fault(Category.SHAPE, detail=reading.quote(data), request_id=refusals.request_id(headers)))
    if reading.field(value, "choices", "0", "finish_reason") == "error":
        raise UpstreamError(_inside(endpoint, headers, reading.field(value, "choices", "0", "error")))
    if event == "error" and not carries_error(value):
        raise UpstreamError(_inside(endpoint, headers, value))
    if carries_error(value):
        fault = refusals.fault_in(endpoint, UpstreamResponse(200, headers, b""), value)
        if fault.category is Category.OK:
            return refusals.CUT_SHORT
        raise UpstreamError(fault)
    return value if isinstance(value, dict) else {}


def _inside(endpoint: Endpoint, headers: Mapping[str, str], error: object) -> Fault:
    """The fault of an error that came inside a success."""
    return refusals.fault_in(
        endpoint, UpstreamResponse(200, headers, b""), {"error": error or {"type": "server_error"}}
    )


def _parts(endpoint: Endpoint, value: object, choice: Mapping[str, Any]) -> tuple[Part, ...]:
    """What a whole answer says."""
    message = choice.get("message")
    details = thought_details.whole(message) if endpoint.type.thoughts_in_parts else ""
    text = text_of(message) or reading.text(choice.get("text"))
    return Reasoning(thinking_of(message), encrypted=details), Text(text), *calls_of(value, message)


def _finish_reason(choice: Mapping[str, Any]) -> FinishReason | None:
    reason = choice.get("finish_reason")
    return FINISHES.get(reason, FinishReason.OTHER) if isinstance(reason, str) and reason else None
