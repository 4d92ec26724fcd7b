"""Asking a provider, without a database: a dialect writes and reads, a carrier carries, and this joins the two."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from portal.dialects import DIALECTS, details
from portal.dialects.base import (
    Call,
    Carrier,
    ChatAnswer,
    Dialect,
    Door,
    Finish,
    HangUp,
    Limits,
    Listing,
    Piece,
    Prompt,
    Reply,
    Stream,
)
from portal.dialects.faults.refusals import SILENT, advise
from portal.dialects.framing.sse import collect
from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import base_url_for
from portal.dialects.writing import ping
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.upstream.redaction import veiled

PATIENCE = Limits(connect=5.0, read=15.0, total=15.0)
"""What a test of a connection and a listing may take."""

MOST_MENDS = 4
MOST_PAGES = 25
MOST_LISTINGS = 5_000
MOST_DETAILS = 40

DETAILS_PATIENCE = 5.0
"""Seconds for one call that only makes a listing better."""

FILTERED = "Its content rules stopped the word that the test sends. Address, key and model work."

ANSWERED_WHOLE = "The stream was empty, so the answer was asked for as a whole."

Kept = TypeVar("Kept", Reply, Stream)


@dataclass(frozen=True)
class Outcome:
    """An answer and how it came: HTTP status, latency, the URL asked, and what was mended on the way, in sentences."""

    answer: ChatAnswer
    status: int
    latency_ms: int
    url: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
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


class Answering:
    """A streamed answer: iterate over its pieces, once. `close()` may come from another thread and ends it quietly.

    A stream that holds nothing is asked for once more as a whole: llama.cpp's Python server, for one, ends the stream
    of a prompt that is too long without a word, and says so only then.
    """

    def __init__(
        self,
        door: Door,
        stream: Stream,
        pieces: Iterator[Piece],
        url: str,
        notes: tuple[str, ...],
        whole: Callable[[], Outcome],
    ) -> None:
        self.status = stream.status
        self.url = url
        self.notes = notes
        self._door = door
        self._stream = stream
        self._pieces = veiled(door, pieces)
        self._whole = whole
        self._closed = False

    def __iter__(self) -> "Answering":
        return self

    def __next__(self) -> Piece:
        if self._closed:
            raise StopIteration
        try:
            return next(self._pieces)
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
            raise UpstreamError(advise(self._door, error.fault)) from error
        except BaseException:  # whatever ends it, a listener who leaves too: the provider is hung up on
            self.close()
            raise

    def _asked_again(self) -> Piece:
        self._pieces = iter(())
        self._stream.close()
        outcome = self._whole()
        self.notes += (*outcome.notes, ANSWERED_WHOLE)
        answer = outcome.answer
        return Piece(answer.text, answer.thinking, answer.model, answer.finish, answer.usage, answer.request_id)

    def close(self) -> None:
        """Hang up. Harmless when it is over already."""
        self._closed = True
        self._stream.close()

    def __enter__(self) -> "Answering":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ask(
    carrier: Carrier,
    door: Door,
    destination: frozenset[str],
    prompt: Prompt,
    limits: Limits,
    hang_up: HangUp | None = None,
) -> Outcome:
    """One question and its whole answer. Raises `UpstreamError`, with a hint, when there is none."""
    dialect = DIALECTS[door.type.dialect]
    first = dialect.chat(door, prompt, stream=False)
    try:
        call, reply, notes = _mended(
            dialect, door, first, limits, lambda call, left: _whole(carrier.send(call, destination, left, hang_up))
        )
        answer = dialect.read_chat(door, reply)
    except UpstreamError as error:
        raise UpstreamError(advise(door, error.fault, prompt.wire_name)) from error
    return Outcome(answer, reply.status, reply.elapsed_ms, call.url, notes)


def stream(
    carrier: Carrier,
    door: Door,
    destination: frozenset[str],
    prompt: Prompt,
    limits: Limits,
    hang_up: HangUp | None = None,
) -> Answering:
    """The same, piece by piece. Raises at once when the provider refuses; later faults come while iterating.

    `hang_up` ends it from another thread, while it is still being opened, too.
    """
    dialect = DIALECTS[door.type.dialect]
    first = dialect.chat(door, prompt, stream=True)

    def whole() -> Outcome:
        return ask(carrier, door, destination, prompt, replace(limits, total=limits.total or limits.read), hang_up)

    def opened(call: Call, left: Limits) -> tuple[Stream, Reply | None]:
        found = carrier.open(call, destination, left, hang_up)
        if 200 <= found.status < 300:
            return found, None
        try:
            return found, Reply(found.status, found.headers, collect(found.chunks()))
        finally:
            found.close()

    try:
        call, flow, notes = _mended(dialect, door, first, limits, opened)
        if not 200 <= flow.status < 300:
            # The one refusal that is an answer: the token limit was reached before the first word.
            return Answering(door, flow, iter((Piece(finish=Finish.LENGTH),)), call.url, notes, whole)
    except UpstreamError as error:
        raise UpstreamError(advise(door, error.fault, prompt.wire_name)) from error
    return Answering(door, flow, dialect.read_stream(door, flow.headers, flow.chunks()), call.url, notes, whole)


def probe(
    carrier: Carrier, door: Door, destination: frozenset[str], wire_name: str, limits: Limits = PATIENCE
) -> Verdict:
    """Test address, key and model with the smallest question there is. Never raises `UpstreamError`."""
    missing = _missing(door, wire_name)
    if missing is not None:
        return Verdict("not_testable", advise(door, Fault(missing)))
    prompt = ping(door, wire_name)
    url = DIALECTS[door.type.dialect].chat(door, prompt, stream=False).url
    started = time.monotonic()
    try:
        outcome = ask(carrier, door, destination, prompt, limits)
    except UpstreamError as error:
        return _failed(error.fault, url, round((time.monotonic() - started) * 1000))
    answer = outcome.answer
    reported = answer.model or wire_name
    notes = outcome.notes
    if answer.finish is Finish.CONTENT:
        notes += (FILTERED,)
    if not _same_model(wire_name, reported):
        notes += (f"Asked for {wire_name}; {reported} answered.",)
    return Verdict("ok", None, outcome.status, outcome.latency_ms, reported, answer.request_id, outcome.url, notes)


def list_all(carrier: Carrier, door: Door, destination: frozenset[str], limits: Limits = PATIENCE) -> list[Listing]:
    """Every model that the provider lists, page after page; none where this kind of provider has no listing.

    What some servers tell of their models beside the listing is in it; where they do not, the listing stands as it is.
    """
    dialect = DIALECTS[door.type.dialect]
    call = dialect.list_models(door)
    found: dict[str, Listing] = {}
    deadline = Deadline(limits)
    for _ in range(MOST_PAGES):
        if call is None or len(found) >= MOST_LISTINGS:
            break
        try:
            page = dialect.read_models(door, call, carrier.send(call, destination, deadline.left()))
        except UpstreamError as error:
            raise UpstreamError(advise(door, error.fault)) from error
        for listing in page.listings:
            found.setdefault(listing.wire_name, listing)
        call = page.next if page.next is None or page.next.url != call.url else None
    listings = list(found.values())[:MOST_LISTINGS]
    better = _detailed(carrier, door, destination, listings, deadline)
    return [better.get(listing.wire_name, listing) for listing in listings]


def _detailed(
    carrier: Carrier, door: Door, destination: frozenset[str], listings: list[Listing], deadline: "Deadline"
) -> dict[str, Listing]:
    """The listings of which the server tells more, by wire name. It may refuse and break off: nothing is lost by it."""
    better: dict[str, Listing] = {}
    asked = 0
    for inquiry in details.inquiries(door, listings):
        for call in inquiry.calls:
            left = deadline.left(DETAILS_PATIENCE)
            if asked == MOST_DETAILS or deadline.over:
                return better
            asked += 1
            try:
                told = details.read(door, inquiry, carrier.send(call, destination, left))
            except UpstreamError as error:
                if error.fault.category is Category.TIMEOUT:
                    return better  # a person waits, and the next question would hang as well
                continue
            better |= {listing.wire_name: listing for listing in told}
            break
    return better


class Deadline:
    """What is left of the time for several calls that count as one."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._started = time.monotonic()

    @property
    def over(self) -> bool:
        total = self._limits.total
        return total is not None and time.monotonic() - self._started >= total

    def left(self, most: float | None = None) -> Limits:
        """The limits of the next call, which may take `most` seconds even where more is left."""
        if self._limits.total is None:
            return replace(self._limits, total=most)
        left = max(0.1, self._limits.total - (time.monotonic() - self._started))
        return replace(self._limits, total=left if most is None else min(left, most))


def _whole(reply: Reply) -> tuple[Reply, Reply | None]:
    return reply, None if 200 <= reply.status < 300 else reply


def _mended(
    dialect: Dialect,
    door: Door,
    call: Call,
    limits: Limits,
    send: Callable[[Call, Limits], tuple[Kept, Reply | None]],
) -> tuple[Call, Kept, tuple[str, ...]]:
    """Send, and send again with what a refusal complains of changed, each change once. Raises a refusal that stays."""
    deadline = Deadline(limits)
    tried = {call.body}
    notes: tuple[str, ...] = ()
    while True:
        kept, refusal = send(call, deadline.left())
        if refusal is None:
            return call, kept, notes
        fault = dialect.read_fault(door, refusal)
        mended = dialect.mend(door, call, fault)
        if mended is None or mended[0].body in tried or len(notes) == MOST_MENDS:
            if fault.category is Category.OK:
                return call, kept, notes
            raise UpstreamError(fault)
        call, note = mended
        tried.add(call.body)
        notes += (note,)


def _missing(door: Door, wire_name: str) -> Category | None:
    if not (door.base_url or base_url_for(door.type, door.settings)):
        return Category.NEED_URL
    if door.type.key is KeyRule.REQUIRED and not door.secret:
        return Category.NEED_KEY
    return None if wire_name.strip() else Category.NEED_MODEL


def _failed(fault: Fault, url: str, latency_ms: int) -> Verdict:
    if fault.category is Category.CONTENT:
        return Verdict("ok", None, fault.status, latency_ms, "", fault.request_id, url, (FILTERED,))
    return Verdict("failed", fault, fault.status, latency_ms, "", fault.request_id, url)


def _same_model(asked: str, reported: str) -> bool:
    """True for the same name, with or without a vendor before it or a date and the like behind it."""
    short, said = (
        name.lower().rsplit("/", 1)[-1].removesuffix("@default").replace("@", "-") for name in (asked, reported)
    )
    return said.startswith(short) or short.startswith(said)
