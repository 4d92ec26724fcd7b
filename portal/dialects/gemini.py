"""Google's Gemini, natively: `generateContent`, as AI Studio and Vertex serve it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any
from urllib.parse import quote

from portal.dialects import reading
from portal.dialects.accumulators import TextAccumulator
from portal.dialects.assembly import CallStream, collected, deltas_of, spread
from portal.dialects.base import Endpoint, Listing, Page, UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import PAUSE, ChatDelta, ChatRequest, ChatResponse, FinishReason, Usage
from portal.dialects.faults import refusals
from portal.dialects.faults.errors import carries_error
from portal.dialects.framing.sse import NOTHING_YET, Event, collect, events, peek
from portal.dialects.gemini_requests import body_of
from portal.dialects.writing import headers_of, url_of, write
from portal.domain.families import family_of
from portal.domain.faults import Category, Fault, UpstreamError

name = "gemini"

FINISHES: dict[str, FinishReason] = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "SAFETY": FinishReason.CONTENT,
    "RECITATION": FinishReason.CONTENT,
    "BLOCKLIST": FinishReason.CONTENT,
    "PROHIBITED_CONTENT": FinishReason.CONTENT,
    "SPII": FinishReason.CONTENT,
    "LANGUAGE": FinishReason.CONTENT,
    "MODEL_ARMOR": FinishReason.CONTENT,
    "ESCALATION": FinishReason.CONTENT,
    "UNEXPECTED_TOOL_CALL": FinishReason.TOOL,
    "MALFORMED_FUNCTION_CALL": FinishReason.TOOL,
    "TOO_MANY_TOOL_CALLS": FinishReason.TOOL,
    "IMAGE_SAFETY": FinishReason.CONTENT,
    "IMAGE_PROHIBITED_CONTENT": FinishReason.CONTENT,
    "IMAGE_RECITATION": FinishReason.CONTENT,
    "IMAGE_OTHER": FinishReason.CONTENT,
}

PAGE = 1000

_SILENT = re.compile(
    r"embed|imagen|image|\bveo\b|\btts\b|\blive\b|audio|\baqa\b|lyria|robotics|computer-use|deep-research|banana"
)
"""Names of models that do not chat, or not in words alone."""

_UNSPECIFIED = re.compile(r".*_UNSPECIFIED")


@dataclass(frozen=True)
class _Adjustment:
    """A field of `generationConfig` that is left out when a refusal complains of it in these words."""

    field: str
    complaint: str
    note: str


ADJUSTMENTS: tuple[_Adjustment, ...] = (
    _Adjustment(
        "thinkingConfig", r"thinking|\bbudget\b", "This model does not think like this; the portal left that out."
    ),
    _Adjustment("presencePenalty", r"penalty", "This model takes no presence penalty; the portal left it out."),
    _Adjustment("frequencyPenalty", r"penalty", "This model takes no frequency penalty; the portal left it out."),
    _Adjustment("topK", r"\btop_?k\b", "This model takes no top k; the portal left it out."),
    _Adjustment("topP", r"\btop_?p\b", "This model takes no such top p; the portal left it out."),
    _Adjustment("temperature", r"\btemperature\b", "This model takes no such temperature; the portal left it out."),
)

_UNWANTED = re.compile(
    r"not (supported|enabled|allowed)|unsupported|does not support|unknown name|cannot find field|invalid|only works|"
    r"out of range|must be|supported (values|range)"
)


def chat(endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> UpstreamRequest:
    url = url_of(endpoint, f"/{resource(chat_request.wire_name)}:{method(stream)}")
    return UpstreamRequest("POST", url, headers_of(endpoint, body=True), write(body_of(chat_request)), stream)


def resource(wire_name: str) -> str:
    """The path of a model: `models/` and its name, unless the name says what else it is, as `tunedModels/…`."""
    path = wire_name.strip().strip("/")
    return quote(path if "/" in path else f"models/{path}", safe="/@")


def method(stream: bool) -> str:
    """What is asked of a model. Without `alt=sse` a stream would be one long JSON array."""
    return "streamGenerateContent?alt=sse" if stream else "generateContent"


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    value = refusals.answered(endpoint, response)
    if value is refusals.CUT_SHORT:
        return ChatResponse((), "", FinishReason.LENGTH, request_id=refusals.request_id(response.headers))
    # Asked for a stream by way of a proxy that loses `alt=sse`, it sends what would be the events as one array.
    parts = value if isinstance(value, list) else [value]
    if not any(map(_is_answer, parts)):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    return collected(_deltas(endpoint, response.headers, parts))


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
    over = False
    values = (
        None if event is NOTHING_YET else _value(headers, event)
        for event in takewhile(lambda event: not event.is_done, arriving)
    )
    for delta in _deltas(endpoint, headers, values):
        over = over or delta.finish_reason is not None
        yield delta
    if not over:
        raise UpstreamError(refusals.dropped())


def list_models(endpoint: Endpoint) -> UpstreamRequest | None:
    return UpstreamRequest("GET", url_of(endpoint, f"/models?pageSize={PAGE}"), headers_of(endpoint, body=False))


def read_models(endpoint: Endpoint, request: UpstreamRequest, response: UpstreamResponse) -> Page:
    value = refusals.answered(endpoint, response)
    rows = reading.field(value, "models")
    # Google leaves empty lists out of its JSON.
    if not isinstance(rows, list) and not (isinstance(value, dict) and rows is None and not value.keys() - {TOKEN}):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    listings = tuple(
        Listing(
            wire_name=wire_name,
            display_name=reading.name(reading.field(row, "displayName")),
            context_limit=reading.limit(reading.field(row, "inputTokenLimit")) or family_of(wire_name).context,
            output_limit=reading.limit(reading.field(row, "outputTokenLimit")) or family_of(wire_name).output,
            chat=_chats(wire_name, reading.field(row, "supportedGenerationMethods")),
            from_family=reading.limit(reading.field(row, "inputTokenLimit")) is None,
            output_from_family=reading.limit(reading.field(row, "outputTokenLimit")) is None,
            abilities={"reasoning": thinks} if isinstance(thinks := reading.field(row, "thinking"), bool) else {},
        )
        for row in rows or []
        if (wire_name := reading.name(reading.field(row, "name")).removeprefix("models/"))
    )
    return Page(listings, following(request, value, PAGE))


TOKEN = "nextPageToken"  # noqa: S105 - a field's name


def following(request: UpstreamRequest, value: object, size: int) -> UpstreamRequest | None:
    """The request for the page after this one; None after the last."""
    token = reading.text(reading.field(value, TOKEN))
    if not token:
        return None
    return replace(request, url=f"{request.url.partition('?')[0]}?pageSize={size}&pageToken={quote(token, safe='')}")


def read_fault(endpoint: Endpoint, response: UpstreamResponse) -> Fault:
    return refusals.read_fault(endpoint, response)


def adjust(endpoint: Endpoint, request: UpstreamRequest, fault: Fault) -> tuple[UpstreamRequest, str] | None:  # noqa: ARG001 - the request tells all
    complaint = f"{fault.detail} {fault.code}".lower()
    body = reading.load(request.body or b"")
    config = reading.field(body, "generationConfig")
    if fault.category is not Category.REJECTED or not isinstance(config, dict) or not _UNWANTED.search(complaint):
        return None
    for adjustment in ADJUSTMENTS:
        if adjustment.field in config and re.search(adjustment.complaint, complaint):
            kept = {field: value for field, value in config.items() if field != adjustment.field}
            return replace(request, body=write({**body, "generationConfig": kept})), adjustment.note
    return None


def chats(wire_name: str) -> bool:
    """False for a name of a model that does not chat in words."""
    return not _SILENT.search(wire_name.lower())


def _value(headers: Mapping[str, str], event: Event) -> Any:
    value = reading.load(event.data)
    if isinstance(value, reading.Unreadable):
        raise UpstreamError(Fault(Category.SHAPE, reading.quote(event.data), request_id=refusals.request_id(headers)))
    if event.name == "error" and not carries_error(value):
        return {"error": value or {"status": "INTERNAL"}}
    return value


def _deltas(endpoint: Endpoint, headers: Mapping[str, str], values: Iterable[Any]) -> Iterator[ChatDelta]:
    """What each part of an answer says; model, usage and request id only where they are new."""
    request_id, model = refusals.request_id(headers), ""
    usage: Usage | None = None
    named = wants_tool = False
    said, thought, calls = TextAccumulator(), TextAccumulator(), CallStream()
    for value in values:
        if value is None:
            yield PAUSE
            continue
        if carries_error(value):
            raise UpstreamError(refusals.fault_in(endpoint, UpstreamResponse(200, headers, b""), value))
        candidate = _candidate(value)
        parts = reading.field(candidate, "content", "parts")
        newest, reported = _usage(value), reading.name(reading.field(value, "modelVersion"))
        request_id = request_id or reading.name(reading.field(value, "responseId"))
        wants_tool = wants_tool or any(reading.field(part, "functionCall") for part in _list(parts))
        finish_reason = _finish_reason(value, candidate)
        last = finish_reason is not None
        delta = ChatDelta(
            text=said.delta(_words(parts, thought=False), last=last),
            thinking=thought.delta(_words(parts, thought=True), last=last),
            model=reported if reported != model else "",
            finish_reason=FinishReason.TOOL if finish_reason is FinishReason.STOP and wants_tool else finish_reason,
            usage=newest if newest != usage else None,
            request_id="" if named else request_id,
        )
        model, usage, named = reported or model, newest or usage, named or bool(request_id)
        calls.seed = calls.seed or request_id
        yield from spread(delta, _calls_and_proofs(calls, parts))


def _calls_and_proofs(calls: CallStream, parts: object) -> Iterator[ChatDelta]:
    """The tools that are called, whole each, and the signatures of what was thought or said."""
    for part in _list(parts):
        signature = reading.text(reading.field(part, "thoughtSignature"))
        call = reading.field(part, "functionCall")
        if not isinstance(call, Mapping):
            yield ChatDelta(signature=signature)
            continue
        arguments = call.get("args")
        yield calls.delta(
            ("nth", len(calls)),
            reading.text(call.get("id")),
            reading.text(call.get("name")),
            json.dumps(arguments if isinstance(arguments, Mapping) else {}, ensure_ascii=False),
            signature,
        )


def _is_answer(value: object) -> bool:
    """True for the JSON of an answer, and of one that was stopped before its first word."""
    return isinstance(reading.field(value, "candidates"), list) or isinstance(
        reading.field(value, "usageMetadata") or reading.field(value, "promptFeedback"), Mapping
    )


def _candidate(value: object) -> Any:
    candidates = reading.field(value, "candidates")
    if not isinstance(candidates, list):
        return None
    return next((one for one in candidates if reading.field(one, "index") in (0, None)), None)


def _list(parts: object) -> list[Any]:
    return parts if isinstance(parts, list) else []


def _words(parts: object, *, thought: bool) -> str:
    return "".join(
        reading.text(reading.field(part, "text"))
        for part in _list(parts)
        if bool(reading.field(part, "thought")) is thought
    )


def _finish_reason(value: object, candidate: object) -> FinishReason | None:
    """Why it stopped; a blocked prompt has no candidate, only the reason for that."""
    reason = reading.text(reading.field(candidate, "finishReason"))
    if reason and not _UNSPECIFIED.fullmatch(reason):
        return FINISHES.get(reason, FinishReason.OTHER)
    blocked = reading.text(reading.field(value, "promptFeedback", "blockReason"))
    return FinishReason.CONTENT if blocked and not _UNSPECIFIED.fullmatch(blocked) and not candidate else None


def _usage(value: object) -> Usage | None:
    usage = reading.field(value, "usageMetadata")
    if not isinstance(usage, Mapping):
        return None
    read, written = reading.count(usage.get("promptTokenCount")), reading.count(usage.get("candidatesTokenCount"))
    thoughts = reading.count(usage.get("thoughtsTokenCount"))
    # Google counts thoughts beside the answer; where the total is made up without them, they are in it already.
    beside = reading.count(usage.get("totalTokenCount")) != read + written or not written
    return Usage(
        input=read,
        output=written + thoughts if beside else written,
        cache_read=reading.count(usage.get("cachedContentTokenCount")),
        reasoning=thoughts,
    )


def _chats(wire_name: str, methods: object) -> bool:
    return chats(wire_name) and (not isinstance(methods, list) or "generateContent" in methods)
