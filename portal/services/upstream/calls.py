"""Asking a provider, without a database: a dialect writes and reads, a transport sends, and this joins the two."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from portal.dialects import DIALECTS, details
from portal.dialects.base import (
    CancelToken,
    ChatDelta,
    ChatRequest,
    ChatResponse,
    Dialect,
    Endpoint,
    FinishReason,
    Limits,
    Listing,
    Stream,
    Transport,
    UpstreamRequest,
    UpstreamResponse,
)
from portal.dialects.faults.refusals import SILENT, advise
from portal.dialects.framing.sse import collect
from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import base_url_for
from portal.dialects.writing import ping
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.upstream.redaction import LastLook

PATIENCE = Limits(connect=5.0, read=15.0, total=15.0)
"""What a test of a connection and a listing may take."""

MOST_ADJUSTMENTS = 4
MOST_PAGES = 25
MOST_LISTINGS = 5_000
MOST_DETAILS = 40

DETAILS_PATIENCE = 5.0
"""Seconds for one request that only makes a listing better."""

FILTERED = "Its content rules stopped the word that the test sends. Address, key and model work."

ANSWERED_WHOLE = "The stream was empty, so the answer was asked for as a whole."

Kept = TypeVar("Kept", UpstreamResponse, Stream)


@dataclass(frozen=True)
class Outcome:
    """An answer and how it came: HTTP status, latency, the URL asked, and what was adjusted, in sentences."""

    answer: ChatResponse
    status: int
    latency_ms: int
    url: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProbeResult:
    """What one test found. `not_testable` means that nothing was sent, for something is missing; `fault` says what."""

    outcome: Literal["ok", "failed", "not_testable"]
    fault: Fault | None = None
    status: int | None = None
    latency_ms: int | None = None
    reported_model: str = ""
    request_id: str = ""
    url: str = ""
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"

    @property
    def category(self) -> Category:
        return self.fault.category if self.fault else Category.OK


class ChatStream:
    """A streamed answer: iterate over its pieces, once. `close()` may come from another thread and ends it quietly.

    A stream that holds nothing is asked for once more as a whole: llama.cpp's Python server, for one, ends the stream
    of a prompt that is too long without a word, and says so only then.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        stream: Stream,
        deltas: Iterator[ChatDelta],
        url: str,
        notes: tuple[str, ...],
        whole: Callable[[], Outcome],
    ) -> None:
        self.status = stream.status
        self.url = url
        self.notes = notes
        self._endpoint = endpoint
        self._stream = stream
        self._look = LastLook(endpoint)
        self._deltas = self._look.deltas(deltas)
        self._whole = whole
        self._closed = False

    def __iter__(self) -> "ChatStream":
        return self

    def __next__(self) -> ChatDelta:
        if self._closed:
            raise StopIteration
        try:
            return next(self._deltas)
        except StopIteration:
            self.close()
            raise
        except UpstreamError as error:
            # Whoever closed it knows why it ended; only an end that nobody asked for is a fault.
            if self._closed:
                raise StopIteration from None
            if error.fault.code == SILENT:
                return self._asked_again()
            self.close()
            raise self._look.error(UpstreamError(advise(self._endpoint, error.fault))) from None
        except BaseException:  # whatever ends it, a reader who leaves too: the connection is closed
            self.close()
            raise

    def _asked_again(self) -> ChatDelta:
        self._deltas = iter(())
        self._stream.close()
        outcome = self._whole()
        self.notes += (*outcome.notes, ANSWERED_WHOLE)
        answer = outcome.answer
        return ChatDelta(
            answer.text, answer.thinking, answer.model, answer.finish_reason, answer.usage, answer.request_id
        )

    def close(self) -> None:
        """Close the connection. Harmless when it is over already."""
        self._closed = True
        self._stream.close()

    def __enter__(self) -> "ChatStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ask(
    transport: Transport,
    endpoint: Endpoint,
    destination: frozenset[str],
    chat_request: ChatRequest,
    limits: Limits,
    cancel: CancelToken | None = None,
) -> Outcome:
    """One question and its whole answer. Raises `UpstreamError`, with a hint, when there is none."""
    dialect = DIALECTS[endpoint.type.dialect]
    first = dialect.chat(endpoint, chat_request, stream=False)
    try:
        request, response, notes = _adjusted(
            dialect,
            endpoint,
            first,
            limits,
            lambda request, left: _whole(transport.send(request, destination, left, cancel)),
        )
        answer = dialect.read_chat(endpoint, response)
    except UpstreamError as error:
        raise _told(endpoint, error, chat_request.wire_name) from None
    return LastLook(endpoint).at(Outcome(answer, response.status, response.elapsed_ms, request.url, notes))


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
    dialect = DIALECTS[endpoint.type.dialect]
    first = dialect.chat(endpoint, chat_request, stream=True)

    def whole() -> Outcome:
        return ask(
            transport, endpoint, destination, chat_request, replace(limits, total=limits.total or limits.read), cancel
        )

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
        raise _told(endpoint, error, chat_request.wire_name) from None
    return ChatStream(
        endpoint, flow, dialect.read_stream(endpoint, flow.headers, flow.chunks()), request.url, notes, whole
    )


def probe(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], wire_name: str, limits: Limits = PATIENCE
) -> ProbeResult:
    """Test address, key and model with the smallest question there is. Never raises `UpstreamError`."""
    missing = _missing(endpoint, wire_name)
    if missing is not None:
        return ProbeResult("not_testable", advise(endpoint, Fault(missing)))
    chat_request = ping(endpoint, wire_name)
    url = DIALECTS[endpoint.type.dialect].chat(endpoint, chat_request, stream=False).url
    started = time.monotonic()
    try:
        outcome = ask(transport, endpoint, destination, chat_request, limits)
    except UpstreamError as error:
        return _failed(error.fault, url, round((time.monotonic() - started) * 1000))
    answer = outcome.answer
    reported = answer.model or wire_name
    notes = outcome.notes
    if answer.finish_reason is FinishReason.CONTENT:
        notes += (FILTERED,)
    if not _same_model(wire_name, reported):
        notes += (f"Asked for {wire_name}; {reported} answered.",)
    return ProbeResult("ok", None, outcome.status, outcome.latency_ms, reported, answer.request_id, outcome.url, notes)


def list_all(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], limits: Limits = PATIENCE
) -> list[Listing]:
    """Every model that the provider lists, page after page; none where this kind of provider has no listing.

    What some servers tell of their models beside the listing is in it; where they do not, the listing stands as it is.
    """
    dialect = DIALECTS[endpoint.type.dialect]
    request = dialect.list_models(endpoint)
    found: dict[str, Listing] = {}
    deadline = Deadline(limits)
    for _ in range(MOST_PAGES):
        if request is None or len(found) >= MOST_LISTINGS:
            break
        try:
            page = dialect.read_models(endpoint, request, transport.send(request, destination, deadline.left()))
        except UpstreamError as error:
            raise _told(endpoint, error) from None
        for listing in page.listings:
            found.setdefault(listing.wire_name, listing)
        request = page.next if page.next is None or page.next.url != request.url else None
    listings = list(found.values())[:MOST_LISTINGS]
    better = _detailed(transport, endpoint, destination, listings, deadline)
    shown = LastLook(endpoint).at([better.get(listing.wire_name, listing) for listing in listings])
    return list({listing.wire_name: listing for listing in shown}.values())


def _told(endpoint: Endpoint, error: UpstreamError, wire_name: str = "") -> UpstreamError:
    """What of an error is passed on: with a hint, and without a key."""
    return LastLook(endpoint).error(UpstreamError(advise(endpoint, error.fault, wire_name), error.steps))


def _detailed(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], listings: list[Listing], deadline: "Deadline"
) -> dict[str, Listing]:
    """The listings of which the server tells more, by model ID. It may refuse and break off: nothing is lost by it."""
    better: dict[str, Listing] = {}
    asked = 0
    for inquiry in details.inquiries(endpoint, listings):
        for request in inquiry.requests:
            left = deadline.left(DETAILS_PATIENCE)
            if asked == MOST_DETAILS or deadline.over:
                return better
            asked += 1
            try:
                told = details.read(endpoint, inquiry, transport.send(request, destination, left))
            except UpstreamError as error:
                if error.fault.category is Category.TIMEOUT:
                    return better  # a person waits, and the next question would hang as well
                continue
            better |= {listing.wire_name: listing for listing in told}
            break
    return better


class Deadline:
    """What is left of the time for several requests that count as one."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._started = time.monotonic()

    @property
    def over(self) -> bool:
        total = self._limits.total
        return total is not None and time.monotonic() - self._started >= total

    def left(self, most: float | None = None) -> Limits:
        """The limits of the next request, which may take `most` seconds even where more is left."""
        if self._limits.total is None:
            return replace(self._limits, total=most)
        left = max(0.1, self._limits.total - (time.monotonic() - self._started))
        return replace(self._limits, total=left if most is None else min(left, most))


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


def _missing(endpoint: Endpoint, wire_name: str) -> Category | None:
    if not (endpoint.base_url or base_url_for(endpoint.type, endpoint.settings)):
        return Category.NEED_URL
    if endpoint.type.key is KeyRule.REQUIRED and not endpoint.secret:
        return Category.NEED_KEY
    return None if wire_name.strip() else Category.NEED_MODEL


def _failed(fault: Fault, url: str, latency_ms: int) -> ProbeResult:
    if fault.category is Category.CONTENT:
        return ProbeResult("ok", None, fault.status, latency_ms, "", fault.request_id, url, (FILTERED,))
    return ProbeResult("failed", fault, fault.status, latency_ms, "", fault.request_id, url)


def _same_model(asked: str, reported: str) -> bool:
    """True for the same name, with or without a vendor before it or a date and the like behind it."""
    short, said = (
        name.lower().rsplit("/", 1)[-1].removesuffix("@default").replace("@", "-") for name in (asked, reported)
    )
    return said.startswith(short) or short.startswith(said)
