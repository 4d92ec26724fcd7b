"""Google's Gemini, natively: `generateContent`, as AI Studio and Vertex speak it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from portal.dialects import openai, reading
from portal.dialects.base import Call, ChatAnswer, Door, Finish, Listing, Page, Piece, Prompt, Reply, Usage
from portal.dialects.faults import refusals
from portal.dialects.faults.errors import carries_error
from portal.dialects.framing.sse import Event, collect, events, peek
from portal.dialects.writing import headers_of, url_of, write
from portal.domain.families import family_of
from portal.domain.faults import Category, Fault, UpstreamError

name = "gemini"

FINISHES: dict[str, Finish] = {
    "STOP": Finish.STOP,
    "MAX_TOKENS": Finish.LENGTH,
    "SAFETY": Finish.CONTENT,
    "RECITATION": Finish.CONTENT,
    "BLOCKLIST": Finish.CONTENT,
    "PROHIBITED_CONTENT": Finish.CONTENT,
    "SPII": Finish.CONTENT,
    "LANGUAGE": Finish.CONTENT,
    "MODEL_ARMOR": Finish.CONTENT,
    "ESCALATION": Finish.CONTENT,
    "IMAGE_SAFETY": Finish.CONTENT,
    "IMAGE_PROHIBITED_CONTENT": Finish.CONTENT,
    "IMAGE_RECITATION": Finish.CONTENT,
    "IMAGE_OTHER": Finish.CONTENT,
}

GENERATION: tuple[tuple[str, str], ...] = (
    ("max_output_tokens", "maxOutputTokens"),
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("top_k", "topK"),
    ("presence_penalty", "presencePenalty"),
    ("frequency_penalty", "frequencyPenalty"),
)
"""Options and the fields of `generationConfig` that carry them."""

THINKING: tuple[tuple[str, str], ...] = (("thinking_budget", "thinkingBudget"), ("include_thoughts", "includeThoughts"))
"""The same for its `thinkingConfig`."""

PAGE = 1000

_SILENT = re.compile(
    r"embed|imagen|image|\bveo\b|\btts\b|\blive\b|audio|\baqa\b|lyria|robotics|computer-use|deep-research|banana"
)
"""Names of models that do not chat, or not in words alone."""

_UNSPECIFIED = re.compile(r".*_UNSPECIFIED")


@dataclass(frozen=True)
class _Cure:
    """A field of `generationConfig` that is left out when a refusal says this of it."""

    field: str
    said: str
    note: str


CURES: tuple[_Cure, ...] = (
    _Cure("thinkingConfig", r"thinking|\bbudget\b", "This model does not think like this; the portal left that out."),
    _Cure("presencePenalty", r"penalty", "This model takes no presence penalty; the portal left it out."),
    _Cure("frequencyPenalty", r"penalty", "This model takes no frequency penalty; the portal left it out."),
    _Cure("topK", r"\btop_?k\b", "This model takes no top k; the portal left it out."),
    _Cure("topP", r"\btop_?p\b", "This model takes no such top p; the portal left it out."),
    _Cure("temperature", r"\btemperature\b", "This model takes no such temperature; the portal left it out."),
)

_UNWANTED = re.compile(
    r"not (supported|enabled|allowed)|unsupported|does not support|unknown name|cannot find field|invalid|only works|"
    r"out of range|must be|supported (values|range)"
)


def chat(door: Door, prompt: Prompt, *, stream: bool) -> Call:
    url = url_of(door, f"/{resource(prompt.wire_name)}:{method(stream)}")
    return Call("POST", url, headers_of(door, body=True), write(body_of(prompt)), stream)


def resource(wire_name: str) -> str:
    """The path of a model: `models/` and its name, unless the name says what else it is, as `tunedModels/…`."""
    path = wire_name.strip().strip("/")
    return quote(path if "/" in path else f"models/{path}", safe="/@")


def method(stream: bool) -> str:
    """What is asked of a model. Without `alt=sse` a stream would be one long JSON array."""
    return "streamGenerateContent?alt=sse" if stream else "generateContent"


def body_of(prompt: Prompt) -> dict[str, Any]:
    """The body of a chat, wherever Gemini is asked."""
    body: dict[str, Any] = {"contents": _contents(prompt)}
    if prompt.system:
        body["systemInstruction"] = {"parts": [{"text": prompt.system}]}
    config = _chosen(prompt, GENERATION)
    # Models that do not think refuse the whole field; a form refuses it on save, an old row may not.
    if family_of(prompt.wire_name).thinks != "never" and (thinking := _chosen(prompt, THINKING)):
        config["thinkingConfig"] = thinking
    if config:
        body["generationConfig"] = config
    return body


def read_chat(door: Door, reply: Reply) -> ChatAnswer:
    value = refusals.answered(door, reply)
    if value is refusals.CUT_SHORT:
        return ChatAnswer("", "", Finish.LENGTH, request_id=refusals.request_id(reply.headers))
    # Asked for a stream by way of a proxy that loses `alt=sse`, it sends what would be the events as one array.
    parts = value if isinstance(value, list) else [value]
    if not any(map(_is_answer, parts)):
        raise UpstreamError(refusals.read_fault(door, reply))
    pieces = list(_pieces(door, reply.headers, parts))
    return ChatAnswer(
        text="".join(piece.text for piece in pieces),
        model=_last(piece.model for piece in pieces) or "",
        finish=_last(piece.finish for piece in pieces),
        thinking="".join(piece.thinking for piece in pieces),
        usage=_last(piece.usage for piece in pieces),
        request_id=_last(piece.request_id for piece in pieces) or "",
    )


def read_stream(door: Door, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[Piece]:
    spoken, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not spoken:
        yield openai.whole(read_chat(door, Reply(200, headers, collect(chunks))))
        return
    yield from read_events(door, headers, events(chunks))


def read_events(door: Door, headers: Mapping[str, str], arriving: Iterable[Event]) -> Iterator[Piece]:
    """The pieces in a stream's events. Raises like `read_stream`."""
    over = False
    for piece in _pieces(door, headers, (_value(headers, event) for event in arriving if event.data.strip())):
        over = over or piece.finish is not None
        yield piece
    if not over:
        raise UpstreamError(refusals.dropped())


def list_models(door: Door) -> Call | None:
    return Call("GET", url_of(door, f"/models?pageSize={PAGE}"), headers_of(door, body=False))


def read_models(door: Door, call: Call, reply: Reply) -> Page:
    value = refusals.answered(door, reply)
    rows = reading.field(value, "models")
    # Google leaves empty lists out of its JSON.
    if not isinstance(rows, list) and not (isinstance(value, dict) and rows is None and not value.keys() - {TOKEN}):
        raise UpstreamError(refusals.read_fault(door, reply))
    listings = tuple(
        Listing(
            wire_name=wire_name,
            display_name=reading.name(reading.field(row, "displayName")),
            context_limit=reading.limit(reading.field(row, "inputTokenLimit")) or family_of(wire_name).context,
            output_limit=reading.limit(reading.field(row, "outputTokenLimit")) or family_of(wire_name).output,
            chat=_chats(wire_name, reading.field(row, "supportedGenerationMethods")),
            from_family=reading.limit(reading.field(row, "inputTokenLimit")) is None,
        )
        for row in rows or []
        if (wire_name := reading.name(reading.field(row, "name")).removeprefix("models/"))
    )
    return Page(listings, following(call, value, PAGE))


TOKEN = "nextPageToken"  # noqa: S105 - a field's name


def following(call: Call, value: object, size: int) -> Call | None:
    """The call for the page after this one; None after the last."""
    token = reading.text(reading.field(value, TOKEN))
    if not token:
        return None
    return replace(call, url=f"{call.url.partition('?')[0]}?pageSize={size}&pageToken={quote(token, safe='')}")


def read_fault(door: Door, reply: Reply) -> Fault:
    return refusals.read_fault(door, reply)


def mend(door: Door, call: Call, fault: Fault) -> tuple[Call, str] | None:  # noqa: ARG001 - the call tells all
    said = f"{fault.detail} {fault.code}".lower()
    body = reading.load(call.body or b"")
    config = reading.field(body, "generationConfig")
    if fault.category is not Category.REJECTED or not isinstance(config, dict) or not _UNWANTED.search(said):
        return None
    for cure in CURES:
        if cure.field in config and re.search(cure.said, said):
            kept = {field: value for field, value in config.items() if field != cure.field}
            return replace(call, body=write({**body, "generationConfig": kept})), cure.note
    return None


def chats(wire_name: str) -> bool:
    """False for a name of a model that does not chat in words."""
    return not _SILENT.search(wire_name.lower())


def _contents(prompt: Prompt) -> list[dict[str, Any]]:
    """The turns that say something; neighbours of one speaker are one turn of several parts."""
    contents: list[dict[str, Any]] = []
    for turn in prompt.turns:
        if not turn.text.strip():
            continue
        role = "user" if turn.speaker == "user" else "model"
        if contents and contents[-1]["role"] == role:
            contents[-1]["parts"].append({"text": turn.text})
        else:
            contents.append({"role": role, "parts": [{"text": turn.text}]})
    return contents


def _chosen(prompt: Prompt, fields: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {wanted: prompt.options[option] for option, wanted in fields if prompt.options.get(option) is not None}


def _value(headers: Mapping[str, str], event: Event) -> Any:
    value = reading.load(event.data)
    if isinstance(value, reading.Unreadable):
        raise UpstreamError(Fault(Category.SHAPE, reading.quote(event.data), request_id=refusals.request_id(headers)))
    if event.name == "error" and not carries_error(value):
        return {"error": value or {"status": "INTERNAL"}}
    return value


def _pieces(door: Door, headers: Mapping[str, str], values: Iterable[Any]) -> Iterator[Piece]:
    """What each part of an answer says; model, usage and request id only where they are new."""
    request, model = refusals.request_id(headers), ""
    usage: Usage | None = None
    told = False
    for value in values:
        if carries_error(value):
            raise UpstreamError(refusals.fault_in(door, Reply(200, headers, b""), value))
        candidate = _candidate(value)
        parts = reading.field(candidate, "content", "parts")
        newest, reported = _usage(value), reading.name(reading.field(value, "modelVersion"))
        request = request or reading.name(reading.field(value, "responseId"))
        piece = Piece(
            text=_words(parts, thought=False),
            thinking=_words(parts, thought=True),
            model=reported if reported != model else "",
            finish=_finish(value, candidate),
            usage=newest if newest != usage else None,
            request_id="" if told else request,
        )
        model, usage, told = reported or model, newest or usage, told or bool(request)
        if piece != Piece():
            yield piece


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


def _words(parts: object, *, thought: bool) -> str:
    if not isinstance(parts, list):
        return ""
    return "".join(
        reading.text(reading.field(part, "text")) for part in parts if bool(reading.field(part, "thought")) is thought
    )


def _finish(value: object, candidate: object) -> Finish | None:
    """Why it stopped; a blocked prompt has no candidate, only the reason for that."""
    reason = reading.text(reading.field(candidate, "finishReason"))
    if reason and not _UNSPECIFIED.fullmatch(reason):
        return FINISHES.get(reason, Finish.OTHER)
    blocked = reading.text(reading.field(value, "promptFeedback", "blockReason"))
    return Finish.CONTENT if blocked and not _UNSPECIFIED.fullmatch(blocked) and not candidate else None


def _usage(value: object) -> Usage | None:
    usage = reading.field(value, "usageMetadata")
    if not isinstance(usage, Mapping):
        return None
    return Usage(
        input=reading.count(usage.get("promptTokenCount")),
        output=reading.count(usage.get("candidatesTokenCount")) + reading.count(usage.get("thoughtsTokenCount")),
        cache_read=reading.count(usage.get("cachedContentTokenCount")),
    )


def _chats(wire_name: str, methods: object) -> bool:
    return chats(wire_name) and (not isinstance(methods, list) or "generateContent" in methods)


def _last(values: Iterable[Any]) -> Any:
    """The last value that says something."""
    found = None
    for value in values:
        found = value or found
    return found
