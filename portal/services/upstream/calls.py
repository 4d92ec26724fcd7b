"""Asking a provider, without a database: a dialect writes and reads, a transport sends, and this joins the two."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from portal.dialects import dialect_for
from portal.dialects.base import (
    CancelToken,
    Dialect,
    Endpoint,
    Limits,
    Stream,
    Transport,
    UpstreamRequest,
    UpstreamResponse,
)
from portal.dialects.conversation import ChatDelta, ChatRequest, ChatResponse, FinishReason
from portal.dialects.framing.sse import collect
from portal.dialects.think_tags import folded_whole
from portal.domain.faults import Category, UpstreamError
from portal.services.upstream.chat_stream import ChatStream
from portal.services.upstream.deadlines import Deadline
from portal.services.upstream.redaction import ResponseRedactor, redacted_error

PATIENCE = Limits(connect=5.0, read=15.0, total=15.0)
"""What a test of a connection and a listing may take."""

MOST_ADJUSTMENTS = 4

Kept = TypeVar("Kept", UpstreamResponse, Stream)


@dataclass(frozen=True)
class Outcome:
    """An answer and how it came: HTTP status, latency, the URL asked, and what was adjusted, in sentences."""

    answer: ChatResponse
    status: int
    latency_ms: int
    url: str
    notes: tuple[str, ...] = ()


def ask(
    transport: Transport,
    endpoint: Endpoint,
    destination: frozenset[str],
    chat_request: ChatRequest,
    limits: Limits,
    cancel: CancelToken | None = None,
) -> Outcome:
    """One question and its whole answer. Raises `UpstreamError`, with a hint, when there is none."""
    dialect = dialect_for(endpoint, chat_request.wire_name)
    first = dialect.chat(endpoint, chat_request, stream=False)
    try:
        request, response, notes = _adjusted(
            dialect,
            endpoint,
            first,
            limits,
            lambda request, left: _whole(transport.send(request, destination, left, cancel)),
        )
        answer = folded_whole(dialect.read_chat(endpoint, response))
    except UpstreamError as error:
        raise redacted_error(endpoint, error, chat_request.wire_name) from None
    return ResponseRedactor(endpoint).redact(Outcome(answer, response.status, response.elapsed_ms, request.url, notes))


def stream(
    transport: Transport,
    endpoint: Endpoint,
    destination: frozenset[str],
    chat_request: ChatRequest,
    limits: Limits,
    cancel: CancelToken | None = None,
) -> ChatStream:
    """The same, piece by piece. Raises at once when the provider refuses; later faults come while iterating.

    `cancel` ends it from another thread, while it is still being opened, too.
    """
    dialect = dialect_for(endpoint, chat_request.wire_name)
    first = dialect.chat(endpoint, chat_request, stream=True)

    def whole() -> tuple[ChatResponse, tuple[str, ...]]:
        left = replace(limits, total=limits.total or limits.read)
        outcome = ask(transport, endpoint, destination, chat_request, left, cancel)
        return outcome.answer, outcome.notes

    def resolved(request: UpstreamRequest, left: Limits) -> tuple[Stream, UpstreamResponse | None]:
        found = transport.open(request, destination, left, cancel)
        if 200 <= found.status < 300:
            return found, None
        try:
            return found, UpstreamResponse(found.status, found.headers, collect(found.chunks()))
        finally:
            found.close()

    try:
        request, flow, notes = _adjusted(dialect, endpoint, first, limits, resolved)
        if not 200 <= flow.status < 300:
            # The one refusal that is an answer: the token limit was reached before the first word.
            return ChatStream(
                endpoint, flow, iter((ChatDelta(finish_reason=FinishReason.LENGTH),)), request.url, notes, whole
            )
    except UpstreamError as error:
        raise redacted_error(endpoint, error, chat_request.wire_name) from None
    return ChatStream(
        endpoint, flow, dialect.read_stream(endpoint, flow.headers, flow.chunks(pauses=True)), request.url, notes, whole
    )


def _whole(response: UpstreamResponse) -> tuple[UpstreamResponse, UpstreamResponse | None]:
    return response, None if 200 <= response.status < 300 else response


def _adjusted(
    dialect: Dialect,
    endpoint: Endpoint,
    request: UpstreamRequest,
    limits: Limits,
    send: Callable[[UpstreamRequest, Limits], tuple[Kept, UpstreamResponse | None]],
) -> tuple[UpstreamRequest, Kept, tuple[str, ...]]:
    """Send, and send again with what a refusal complains of changed, each change once. Raises a refusal that stays."""
    deadline = Deadline(limits)
    tried = {request.body}
    notes: tuple[str, ...] = ()
    while True:
        kept, refusal = send(request, deadline.left())
        if refusal is None:
            return request, kept, notes
        fault = dialect.read_fault(endpoint, refusal)
        adjusted = dialect.adjust(endpoint, request, fault)
        if adjusted is None or adjusted[0].body in tried or len(notes) == MOST_ADJUSTMENTS:
            if fault.category is Category.OK:
                return request, kept, notes
            raise UpstreamError(fault)
        request, note = adjusted
        tried.add(request.body)
        notes += (note,)
