"""Amazon Bedrock's Converse: one shape for every vendor's models there, and an event stream in binary frames."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from portal.dialects import anthropic, openai, reading
from portal.dialects.base import (
    AwsSignature,
    Call,
    ChatAnswer,
    Door,
    Finish,
    Listing,
    Page,
    Piece,
    Prompt,
    Reply,
    Usage,
)
from portal.dialects.faults import refusals
from portal.dialects.faults.adjustments import mend as mend_with
from portal.dialects.framing.eventstream import frames, peek
from portal.dialects.framing.sse import collect
from portal.dialects.provider_types.shape import API_KEY
from portal.dialects.provider_types.table import base_url_for, derived_value, listing_base_url, setting_of
from portal.dialects.writing import headers_of, url_of, write
from portal.domain.families import family_of
from portal.domain.faults import Category, Fault, UpstreamError

name = "bedrock"

SERVICE = "bedrock"
"""What signatures name, for the listing's host too."""

FINISHES: dict[str, Finish] = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL,
    "content_filtered": Finish.CONTENT,
    "guardrail_intervened": Finish.CONTENT,
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
"""The statuses that errors in the middle of a stream would have had as replies."""

PROFILES = "/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED"

_OTHERS = re.compile(
    r"embed|rerank|image|canvas|reel|sonic|stable-|marengo|pegasus|transcri|\bluma\b|safeguard|guardrail", re.IGNORECASE
)
"""Names of models that write no text, or do not chat."""


def chat(door: Door, prompt: Prompt, *, stream: bool) -> Call:
    body: dict[str, Any] = {"messages": _messages(prompt)}
    if prompt.system.strip():
        body["system"] = [{"text": prompt.system}]
    body |= _options(prompt)
    headers = headers_of(door, body=True)
    if stream:
        headers["Accept"] = "application/vnd.amazon.eventstream"
    path = f"/model/{quote(prompt.wire_name, safe='')}/{'converse-stream' if stream else 'converse'}"
    return _authorised(door, Call("POST", url_of(door, path), headers, write(body), stream))


def read_chat(door: Door, reply: Reply) -> ChatAnswer:
    value = refusals.answered(door, reply)
    request = refusals.request_id(reply.headers)
    if value is refusals.CUT_SHORT:
        return ChatAnswer("", "", Finish.LENGTH, request_id=request)
    message = reading.field(value, "output", "message")
    if not isinstance(message, Mapping):
        raise UpstreamError(refusals.read_fault(door, reply))
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    return ChatAnswer(
        text="".join(reading.text(reading.field(block, "text")) for block in blocks),
        model=_routed(value),
        finish=_finish(value),
        thinking="".join(
            reading.text(reading.field(block, "reasoningContent", "reasoningText", "text")) for block in blocks
        ),
        usage=_usage(value),
        request_id=request,
    )


def read_stream(door: Door, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[Piece]:
    binary, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not binary:
        yield openai.whole(read_chat(door, Reply(200, headers, collect(chunks))))
        return
    request, over = refusals.request_id(headers), False
    for labels, payload in frames(chunks):
        event, value = _event(door, headers, labels, payload)
        piece = Piece()
        if event == "contentBlockDelta":
            delta = value.get("delta")
            piece = Piece(
                text=reading.text(reading.field(delta, "text")),
                thinking=reading.text(reading.field(delta, "reasoningContent", "text")),
            )
        elif event == "messageStop":
            piece = Piece(finish=_finish(value))
            over = True
        elif event == "metadata":
            piece = Piece(model=_routed(value), usage=_usage(value))
        if piece != Piece():
            yield replace(piece, request_id=request)
            request = ""
    if not over:
        raise UpstreamError(refusals.dropped())


def list_models(door: Door) -> Call | None:
    """The foundation models first; the page after them asks for the inference profiles."""
    return _listing_call(door, "/foundation-models?byOutputModality=TEXT")


def read_models(door: Door, call: Call, reply: Reply) -> Page:
    parts = urlsplit(call.url)
    if parts.path.endswith("/inference-profiles"):
        return _read_profiles(door, reply)
    value = refusals.answered(door, reply)
    rows = reading.field(value, "modelSummaries")
    if not isinstance(rows, list):
        raise UpstreamError(refusals.read_fault(door, reply))
    models = (_model(row) for row in rows)
    return Page(tuple(model for model in models if model), _listing_call(door, PROFILES))


def read_fault(door: Door, reply: Reply) -> Fault:
    return refusals.read_fault(door, reply)


def mend(door: Door, call: Call, fault: Fault) -> tuple[Call, str] | None:  # noqa: ARG001 - the call tells all
    """Claude's cures, inside the two objects where Converse keeps options, and for its own spelling of top p."""
    body = reading.load(call.body or b"")
    told = replace(fault, detail=fault.detail.replace("topP", "top_p"))
    for holder in ("inferenceConfig", "additionalModelRequestFields"):
        inside = reading.field(body, holder)
        if not isinstance(inside, dict):
            continue
        plain = {"top_p" if key == "topP" else key: value for key, value in inside.items()}
        cured = mend_with(replace(call, body=write(plain)), told, anthropic.CURES)
        if cured is not None:
            left = reading.load(cured[0].body or b"")
            kept = {"topP" if key == "top_p" else key: value for key, value in left.items()}
            return replace(call, body=write({**body, holder: kept})), cured[1]
    return None


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    """The turns that say something, neighbours of one speaker as one; a conversation begins with the user's."""
    messages: list[dict[str, Any]] = []
    for turn in prompt.turns:
        if not turn.text.strip() or (not messages and turn.speaker != "user"):
            continue
        if messages and messages[-1]["role"] == turn.speaker:
            messages[-1]["content"].append({"text": turn.text})
        else:
            messages.append({"role": turn.speaker, "content": [{"text": turn.text}]})
    return messages


def _options(prompt: Prompt) -> dict[str, Any]:
    """Options that every model takes in one object, and those of its vendor, in the vendor's own words, in another."""
    claude = "claude" in prompt.wire_name.lower()
    options = prompt.options if claude else {**prompt.options, "thinking_budget": None}
    prompt = replace(prompt, options=options)
    chosen = anthropic.sampling(prompt)
    most = anthropic.longest(prompt) if options.get("thinking_budget") else options.get("max_output_tokens")
    usual = {"maxTokens": most, "temperature": chosen.get("temperature"), "topP": chosen.get("top_p")}
    further = anthropic.thinking(prompt) if claude else _effort(prompt)
    if (top_k := chosen.get("top_k")) is not None:
        further |= {"inferenceConfig": {"topK": top_k}} if "nova" in prompt.wire_name.lower() else {"top_k": top_k}
    fields = {"inferenceConfig": {name: value for name, value in usual.items() if value is not None}}
    return {name: value for name, value in (fields | {"additionalModelRequestFields": further}).items() if value}


def _effort(prompt: Prompt) -> dict[str, Any]:
    effort = prompt.options.get("effort")
    if effort is None:
        return {}
    return {"reasoning_config" if "qwen" in prompt.wire_name.lower() else "reasoning_effort": effort}


def _authorised(door: Door, call: Call) -> Call:
    """Signed on its way where the credential is an access key; an API key stands in its header already."""
    if not door.secret or door.key_kind == API_KEY.name:
        return call
    return replace(call, authority=AwsSignature(door.secret, _region(door), SERVICE))


def _region(door: Door) -> str:
    typed = setting_of(door.type, door.settings, "region")
    return typed.lower() or derived_value(door.type, door.base_url) or ""


def _listing_call(door: Door, path: str) -> Call:
    base = listing_base_url(door.type, door.base_url or base_url_for(door.type, door.settings))
    return _authorised(door, Call("GET", base.rstrip("/") + path, headers_of(door, body=False)))


def _model(row: object) -> Listing | None:
    """A model that can be asked by its own name; those that want an inference profile are listed by that."""
    wire_name = reading.name(reading.field(row, "modelId"))
    ways = reading.field(row, "inferenceTypesSupported")
    if not wire_name or (isinstance(ways, list) and "ON_DEMAND" not in ways):
        return None
    into, out = reading.field(row, "inputModalities"), reading.field(row, "outputModalities")
    vendor, shown = reading.name(reading.field(row, "providerName")), reading.name(reading.field(row, "modelName"))
    return Listing(
        wire_name=wire_name,
        display_name=f"{vendor} {shown}".strip() if shown else "",
        context_limit=family_of(wire_name).context,
        output_limit=family_of(wire_name).output,
        chat=_writes_text(into) and _writes_text(out) and not _OTHERS.search(wire_name),
        retired=reading.field(row, "modelLifecycle", "status") == "LEGACY",
        kind="foundation model",
    )


def _writes_text(modalities: object) -> bool:
    return not isinstance(modalities, list) or "TEXT" in modalities


def _read_profiles(door: Door, reply: Reply) -> Page:
    fault = None if 200 <= reply.status < 300 else refusals.read_fault(door, reply)
    if fault is not None and fault.category is Category.PERMISSION:
        return Page(())  # listing models and listing profiles are two rights; the models are listed already
    value = refusals.answered(door, reply)
    rows = reading.field(value, "inferenceProfileSummaries")
    if not isinstance(rows, list):
        raise UpstreamError(refusals.read_fault(door, reply))
    listings = tuple(
        Listing(
            wire_name=wire_name,
            display_name=reading.name(reading.field(row, "inferenceProfileName")),
            context_limit=family_of(wire_name).context,
            output_limit=family_of(wire_name).output,
            chat=not _OTHERS.search(wire_name),
            kind="inference profile",
        )
        for row in rows
        if (wire_name := reading.name(reading.field(row, "inferenceProfileId")))
        and reading.field(row, "status") in ("ACTIVE", None)
    )
    token = reading.text(reading.field(value, "nextToken"))
    following = _listing_call(door, f"{PROFILES}&nextToken={quote(token, safe='')}") if token else None
    return Page(listings, following)


def _event(
    door: Door, headers: Mapping[str, str], labels: Mapping[str, Any], payload: bytes
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
        raise UpstreamError(refusals.fault_in(door, Reply(200, headers, b""), {"error": error}))
    if not isinstance(value, Mapping):
        raise UpstreamError(Fault(Category.SHAPE, reading.quote(payload.decode("utf-8", "replace"))))
    return str(labels.get(":event-type", "")), value


def _finish(value: object) -> Finish | None:
    reason = reading.field(value, "stopReason")
    return FINISHES.get(reason, Finish.OTHER) if isinstance(reason, str) and reason else None


def _routed(value: object) -> str:
    """The model that a prompt router chose; Converse names none otherwise."""
    return reading.name(reading.field(value, "trace", "promptRouter", "invokedModelId")).rsplit("/", 1)[-1]


def _usage(value: object) -> Usage | None:
    usage = reading.field(value, "usage")
    if not isinstance(usage, Mapping):
        return None
    read, written = (reading.count(usage.get(key)) for key in ("cacheReadInputTokens", "cacheWriteInputTokens"))
    return Usage(
        input=reading.count(usage.get("inputTokens")) + read + written,
        output=reading.count(usage.get("outputTokens")),
        cache_read=read,
        cache_write=written,
    )
