"""Anthropic's messages."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from portal.dialects import reading
from portal.dialects.accumulators import BlockStart, TextAccumulator
from portal.dialects.anthropic_requests import body_of
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
    ToolCall,
    Usage,
)
from portal.dialects.faults import refusals
from portal.dialects.faults.adjustments import Adjustment
from portal.dialects.faults.adjustments import adjust as adjust_with
from portal.dialects.faults.errors import carries_error
from portal.dialects.framing.sse import NOTHING_YET, Event, collect, events, peek
from portal.dialects.listings import modalities
from portal.dialects.usage import totals_over
from portal.dialects.writing import headers_of, url_of, write
from portal.domain.families import family_of
from portal.domain.faults import Category, Fault, UpstreamError

name = "anthropic"

FINISHES: dict[str, FinishReason] = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL,
    "refusal": FinishReason.CONTENT,
}

ADJUSTMENTS: tuple[Adjustment, ...] = (
    Adjustment(
        "top_p", "This model takes no top p beside a temperature; the portal left it out.", only_if="cannot both"
    ),
    Adjustment("temperature", "This model takes no temperature; the portal left it out."),
    Adjustment("top_p", "This model takes no top p; the portal left it out."),
    Adjustment("top_k", "This model takes no top k; the portal left it out."),
    Adjustment("output_config", "This model takes no effort; the portal left it out."),
)


def chat(endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> UpstreamRequest:
    headers = headers_of(endpoint, body=True)
    body = body_of(chat_request, str(headers.get("anthropic-version", "")), stream=stream)
    return UpstreamRequest("POST", url_of(endpoint, "/messages"), headers, write(body), stream)


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    value = refusals.answered(endpoint, response)
    request_id = refusals.request_id(response.headers)
    if value is refusals.CUT_SHORT:
        return ChatResponse((), "", FinishReason.LENGTH, request_id=request_id)
    content = reading.field(value, "content")
    if reading.field(value, "type") != "message" or not isinstance(content, list):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    return ChatResponse(
        tidy(part for block in content for part in _parts(block)),
        model=reading.name(value.get("model")),
        finish_reason=_finish_reason(value),
        usage=totals_over(value.get("usage"), Usage()),
        request_id=request_id,
    )


def read_stream(endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
    is_sse, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not is_sse:
        yield from deltas_of(read_chat(endpoint, UpstreamResponse(200, headers, collect(chunks))))
        return
    yield from read_events(endpoint, headers, events(chunks))


def read_events(endpoint: Endpoint, headers: Mapping[str, str], arriving: Iterable[Event]) -> Iterator[ChatDelta]:
    """The deltas in a stream's events. Raises like `read_stream`."""
    usage = Usage()
    over = False
    opening, said, thought = BlockStart(), TextAccumulator(), TextAccumulator()
    calls, inputs = CallStream(), dict[object, str]()
    for event in arriving:
        if event is NOTHING_YET:
            yield PAUSE
            continue
        if event.is_done:
            break
        value = _event(endpoint, headers, event)
        kind = value.get("type") or event.name
        delta, further = ChatDelta(), ChatDelta()
        at = value.get("index") if isinstance(value.get("index"), int) else None
        if kind == "message_start":
            message = value.get("message")
            usage = totals_over(reading.field(message, "usage"), usage) or usage
            model = reading.name(reading.field(message, "model"))
            calls.seed = reading.name(reading.field(message, "id"))
            delta = ChatDelta(model=model, usage=usage, request_id=refusals.request_id(headers))
        elif kind == "content_block_start":
            delta = _told(said, thought, *opening.begin(*_words(value.get("content_block"))))
            block = value.get("content_block")
            if reading.field(block, "type") == "tool_use":
                whole = reading.field(block, "input")
                inputs[at] = json.dumps(whole, ensure_ascii=False) if isinstance(whole, dict) else "{}"
                further = calls.delta(at, reading.text(reading.field(block, "id")), _name(block))
            else:
                further = _proof(block)
        elif kind == "content_block_delta":
            delta = _told(said, thought, *opening.delta(*_words(value.get("delta"))))
            block = value.get("delta")
            arguments = reading.text(reading.field(block, "partial_json"))
            further = calls.delta(at, arguments=arguments) if arguments else _proof(block)
        elif kind == "content_block_stop":
            delta = _told(said, thought, *opening.rest())
            if (arguments := inputs.pop(at, "")) and not calls.told(at):
                further = calls.delta(at, arguments=arguments)
        elif kind == "message_delta":
            newest = totals_over(value.get("usage"), usage)
            usage = newest or usage
            delta = replace(
                _told(said, thought, *opening.rest()), finish_reason=_finish_reason(value.get("delta")), usage=newest
            )
            over = over or delta.finish_reason is not None
        elif kind == "message":
            # Some proxies close a stream with the whole message.
            text, thinking = _words_of(value.get("content"))
            newest = totals_over(value.get("usage"), usage)
            delta = ChatDelta(said.message(text), thought.message(thinking), "", _finish_reason(value), newest)
            over = over or delta.finish_reason is not None
            if not calls:
                yield from deltas_of(ChatResponse(tuple(_called(value.get("content"))), ""))
        elif kind == "message_stop":
            over = True
            break
        yield from spread(delta, (further,))
    if not over:
        raise UpstreamError(refusals.dropped())


def _told(said: TextAccumulator, thought: TextAccumulator, text: str, thinking: str) -> ChatDelta:
    return ChatDelta(said.delta(text), thought.delta(thinking))


def _words(block: object) -> tuple[str, str]:
    """The text and the thinking in a block, or in a piece of one."""
    return reading.text(reading.field(block, "text")), reading.text(reading.field(block, "thinking"))


def _parts(block: object) -> tuple[Part, ...]:
    """What a block of a whole answer holds; tools that the provider runs itself are its own affair."""
    kind = reading.field(block, "type")
    if kind == "tool_use":
        arguments = reading.field(block, "input")
        called = json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, dict) else "{}"
        return (ToolCall(reading.text(reading.field(block, "id")), _name(block), called),)
    text, thinking = _words(block)
    proof = _proof(block)
    return Reasoning(thinking, proof.signature, proof.encrypted), Text(text)


def _proof(block: object) -> ChatDelta:
    """What the provider wants handed back with what was thought."""
    encrypted = reading.field(block, "data") if reading.field(block, "type") == "redacted_thinking" else ""
    return ChatDelta(signature=reading.text(reading.field(block, "signature")), encrypted=reading.text(encrypted))


def _called(content: object) -> Iterator[ToolCall]:
    for block in content if isinstance(content, list) else []:
        yield from (part for part in _parts(block) if isinstance(part, ToolCall))


def _name(block: object) -> str:
    return reading.text(reading.field(block, "name"))


def _words_of(content: object) -> tuple[str, str]:
    blocks = content if isinstance(content, list) else []
    return reading.words(content), "".join(reading.text(reading.field(block, "thinking")) for block in blocks)


def list_models(endpoint: Endpoint) -> UpstreamRequest | None:
    return UpstreamRequest("GET", url_of(endpoint, "/models?limit=1000"), headers_of(endpoint, body=False))


def read_models(endpoint: Endpoint, request: UpstreamRequest, response: UpstreamResponse) -> Page:
    value = refusals.answered(endpoint, response)
    rows = reading.field(value, "data")
    if not isinstance(rows, list):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    listings = tuple(
        Listing(
            wire_name=wire_name,
            display_name=reading.name(reading.field(row, "display_name")),
            context_limit=reading.limit(reading.field(row, "max_input_tokens")) or family_of(wire_name).context,
            output_limit=reading.limit(reading.field(row, "max_tokens")) or family_of(wire_name).output,
            chat=reading.field(row, "lifecycle") != "retired",
            retired=reading.field(row, "lifecycle") in ("deprecated", "retired"),
            from_family=reading.limit(reading.field(row, "max_input_tokens")) is None,
            output_from_family=reading.limit(reading.field(row, "max_tokens")) is None,
            abilities=_abilities(reading.field(row, "capabilities")),
            modalities=_modalities(reading.field(row, "capabilities")),
            retires_on=reading.day(reading.field(row, "retires_at")),
        )
        for row in rows
        if (wire_name := reading.name(reading.field(row, "id")))
    )
    last = reading.name(value.get("last_id"))
    if value.get("has_more") is not True or not last:
        return Page(listings)
    following = f"{request.url.partition('?')[0]}?limit=1000&after_id={quote(last, safe='')}"
    return Page(listings, UpstreamRequest("GET", following, request.headers))


def read_fault(endpoint: Endpoint, response: UpstreamResponse) -> Fault:
    return refusals.read_fault(endpoint, response)


def adjust(endpoint: Endpoint, request: UpstreamRequest, fault: Fault) -> tuple[UpstreamRequest, str] | None:  # noqa: ARG001 - the request tells all
    if "format" in (reading.field(reading.load(request.body or b""), "output_config") or {}):
        # There the field holds more than the effort: what shape the answer has to have is never left out.
        return adjust_with(request, fault, tuple(one for one in ADJUSTMENTS if one.field != "output_config"))
    return adjust_with(request, fault, ADJUSTMENTS)


def _abilities(capabilities: object) -> dict[str, bool]:
    """What a listing says of abilities, yes and no."""
    told = {"reasoning": "thinking", "vision": "image_input"}
    found = {name: reading.said(reading.field(capabilities, key)) for name, key in told.items()}
    return {name: said for name, said in found.items() if said is not None}


def _modalities(capabilities: object) -> tuple[str, ...]:
    """What a listing says that a model takes and gives: words always, so all of it where it tells of both others."""
    told = {"image": "image_input", "pdf": "pdf_input"}
    takes = {kind: reading.said(reading.field(capabilities, key)) for kind, key in told.items()}
    if None in takes.values():
        return ()
    return modalities(["text", *(kind for kind, taken in takes.items() if taken)], ["text"])


def _event(endpoint: Endpoint, headers: Mapping[str, str], event: Event) -> dict[str, Any]:
    value = reading.load(event.data)
    if event.name == "error" and not carries_error(value):
        value = {"error": event.data if isinstance(value, reading.Unreadable) else value or {"type": "api_error"}}
    if carries_error(value):
        raise UpstreamError(refusals.fault_in(endpoint, UpstreamResponse(200, headers, b""), value))
    if isinstance(value, reading.Unreadable):
        raise UpstreamError(Fault(Category.SHAPE, reading.quote(event.data), request_id=refusals.request_id(headers)))
    return value if isinstance(value, dict) else {}


def _finish_reason(value: object) -> FinishReason | None:
    reason = reading.field(value, "stop_reason")
    return FINISHES.get(reason, FinishReason.OTHER) if isinstance(reason, str) and reason else None
