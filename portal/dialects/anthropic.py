"""Anthropic's messages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from portal.dialects import openai, reading
from portal.dialects.accumulators import BlockStart, TextAccumulator
from portal.dialects.base import (
    PAUSE,
    ChatDelta,
    ChatRequest,
    ChatResponse,
    Endpoint,
    FinishReason,
    Listing,
    Page,
    UpstreamRequest,
    UpstreamResponse,
    Usage,
)
from portal.dialects.faults import refusals
from portal.dialects.faults.adjustments import Adjustment
from portal.dialects.faults.adjustments import adjust as adjust_with
from portal.dialects.faults.errors import carries_error
from portal.dialects.framing.sse import NOTHING_YET, Event, collect, events, peek
from portal.dialects.listings import modalities
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

USUAL_LIMIT = 4_096
"""Tokens asked for when neither the model's options nor its family say how long an answer may be: some limit is due."""

AMPLE = 32_000
"""Tokens asked for when the family could give more: long enough for every answer, short enough to end."""

MOST = 128_000
"""The longest answer that any Claude gives."""

LEAST_BUDGET = 1_024
LEAST_TOP_P = 0.95
"""What thinking needs: tokens, and nearly every word to choose from."""

SAMPLING = ("temperature", "top_p", "top_k")

NO_SAMPLING_SINCE = "2026-10-21"
"""The API version from which `temperature` and `top_p` are refused for every model."""

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


def body_of(chat_request: ChatRequest, version: str, *, stream: bool) -> dict[str, Any]:
    """The body of a chat as Anthropic's API takes it, also on another host; `version` is the API's date."""
    body: dict[str, Any] = {
        "model": chat_request.wire_name,
        "max_tokens": longest(chat_request),
        "messages": _messages(chat_request),
    }
    if chat_request.system:
        body["system"] = chat_request.system
    if version < NO_SAMPLING_SINCE:
        body |= sampling(chat_request)
    body |= thinking(chat_request)
    body["stream"] = stream
    return body


def longest(chat_request: ChatRequest) -> int:
    """How many tokens to allow, thinking included: what the model's options say, else enough for both."""
    chosen = chat_request.options.get("max_output_tokens")
    if isinstance(chosen, int):
        return chosen
    most = family_of(chat_request.wire_name).output
    usual = min(most or USUAL_LIMIT, AMPLE)
    budget = chat_request.options.get("thinking_budget")
    return min(max(usual, budget + USUAL_LIMIT), most or MOST) if isinstance(budget, int) else usual


def thinking(chat_request: ChatRequest) -> dict[str, Any]:
    """The fields that say how much Claude thinks, as its family takes them."""
    family = family_of(chat_request.wire_name)
    fields: dict[str, Any] = {}
    budget, effort = chat_request.options.get("thinking_budget"), chat_request.options.get("effort")
    if isinstance(budget, int) and family.thinks == "adaptive":
        fields["thinking"] = {"type": "adaptive", "display": "summarized"}
    elif isinstance(budget, int) and family.thinks == "budget":
        # It has to fit below the limit of the whole answer, and there is a least one.
        budget = min(budget, longest(chat_request) - 1)
        if budget >= LEAST_BUDGET:
            fields["thinking"] = {"type": "enabled", "budget_tokens": budget}
    if effort is not None and family.efforts != ():
        fields["output_config"] = {"effort": effort}
    return fields


def sampling(chat_request: ChatRequest) -> dict[str, Any]:
    """The options that choose words, those left out that this model refuses, or refuses while it thinks.

    A form refuses them on save; a row that was saved before may still hold them.
    """
    if not family_of(chat_request.wire_name).samples:
        return {}
    found = {name: value for name in SAMPLING if (value := chat_request.options.get(name)) is not None}
    if "thinking" in thinking(chat_request):
        top_p = found.get("top_p")
        return {"top_p": top_p} if isinstance(top_p, int | float) and top_p >= LEAST_TOP_P else {}
    return found


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    value = refusals.answered(endpoint, response)
    request_id = refusals.request_id(response.headers)
    if value is refusals.CUT_SHORT:
        return ChatResponse("", "", FinishReason.LENGTH, request_id=request_id)
    content = reading.field(value, "content")
    if reading.field(value, "type") != "message" or not isinstance(content, list):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    text, thinking = _words_of(content)
    return ChatResponse(
        text=text,
        model=reading.name(value.get("model")),
        finish_reason=_finish_reason(value),
        thinking=thinking,
        usage=_usage(value.get("usage"), Usage()),
        request_id=request_id,
    )


def read_stream(endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
    is_sse, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not is_sse:
        yield openai.whole(read_chat(endpoint, UpstreamResponse(200, headers, collect(chunks))))
        return
    yield from read_events(endpoint, headers, events(chunks))


def read_events(endpoint: Endpoint, headers: Mapping[str, str], arriving: Iterable[Event]) -> Iterator[ChatDelta]:
    """The deltas in a stream's events. Raises like `read_stream`."""
    usage = Usage()
    over = False
    opening, said, thought = BlockStart(), TextAccumulator(), TextAccumulator()
    for event in arriving:
        if event is NOTHING_YET:
            yield PAUSE
            continue
        if event.is_done:
            break
        value = _event(endpoint, headers, event)
        kind = value.get("type") or event.name
        delta = ChatDelta()
        if kind == "message_start":
            message = value.get("message")
            usage = _usage(reading.field(message, "usage"), usage) or usage
            model = reading.name(reading.field(message, "model"))
            delta = ChatDelta(model=model, usage=usage, request_id=refusals.request_id(headers))
        elif kind == "content_block_start":
            delta = _told(said, thought, *opening.begin(*_words(value.get("content_block"))))
        elif kind == "content_block_delta":
            delta = _told(said, thought, *opening.delta(*_words(value.get("delta"))))
        elif kind == "content_block_stop":
            delta = _told(said, thought, *opening.rest())
        elif kind == "message_delta":
            newest = _usage(value.get("usage"), usage)
            usage = newest or usage
            delta = replace(
                _told(said, thought, *opening.rest()), finish_reason=_finish_reason(value.get("delta")), usage=newest
            )
            over = over or delta.finish_reason is not None
        elif kind == "message":
            # Some proxies close a stream with the whole message.
            text, thinking = _words_of(value.get("content"))
            newest = _usage(value.get("usage"), usage)
            delta = ChatDelta(said.message(text), thought.message(thinking), "", _finish_reason(value), newest)
            over = over or delta.finish_reason is not None
        elif kind == "message_stop":
            over = True
            break
        if delta:
            yield delta
    if not over:
        raise UpstreamError(refusals.dropped())


def _told(said: TextAccumulator, thought: TextAccumulator, text: str, thinking: str) -> ChatDelta:
    return ChatDelta(said.delta(text), thought.delta(thinking))


def _words(block: object) -> tuple[str, str]:
    """The text and the thinking in a block, or in a piece of one."""
    return reading.text(reading.field(block, "text")), reading.text(reading.field(block, "thinking"))


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


def _messages(chat_request: ChatRequest) -> list[dict[str, str]]:
    """The messages that are not blank; neighbours of one role become one, as the API would make of them anyway."""
    messages: list[dict[str, str]] = []
    for message in chat_request.messages:
        if not message.text.strip():
            continue
        if messages and messages[-1]["role"] == message.role:
            messages[-1]["content"] += "\n\n" + message.text
        else:
            messages.append({"role": message.role, "content": message.text})
    return messages


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


def _usage(usage: object, before: Usage) -> Usage | None:
    """What `usage` says, over what stood `before`: its numbers are totals, and what it leaves out still holds."""
    if not isinstance(usage, Mapping):
        return None
    read = reading.count(usage["cache_read_input_tokens"]) if "cache_read_input_tokens" in usage else before.cache_read
    written, longer = before.cache_write, before.cache_write_long
    if "cache_creation_input_tokens" in usage:
        written, longer = reading.count(usage["cache_creation_input_tokens"]), 0
    split = usage.get("cache_creation")
    if isinstance(split, Mapping):
        hour = reading.count(split.get("ephemeral_1h_input_tokens"))
        whole = max(written + longer, reading.count(split.get("ephemeral_5m_input_tokens")) + hour)
        written, longer = whole - hour, hour
    fresh = before.input - before.cache_read - before.cache_write - before.cache_write_long
    if "input_tokens" in usage:
        fresh = reading.count(usage["input_tokens"])
    output = reading.count(usage["output_tokens"]) if "output_tokens" in usage else before.output
    return Usage(fresh + read + written + longer, output, read, written, longer)
