"""Testing a connection: the smallest question there is, asked as chats ask theirs, and what the answer proves."""

import time
from dataclasses import dataclass, replace
from typing import Literal

from portal.dialects import dialect_for
from portal.dialects.base import Endpoint, Limits, Transport
from portal.dialects.conversation import ChatRequest, FinishReason
from portal.dialects.faults.refusals import advise
from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import base_url_for, is_own
from portal.dialects.writing import ping
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.upstream.calls import PATIENCE, ask, stream
from portal.services.upstream.listing import names
from portal.services.upstream.naming import is_listed, name_first

FILTERED = "Its content rules stopped the word that the test sends. Address, key and model work."
STREAM_FAILED = "Asked for a whole answer, it gave one. Asked for it piece by piece, as chats ask, it failed."
STREAM_NOT_TRIED = "It took one request and no second one just now, so whether it streams was not seen."
ANY_KEY = "Without this key it answers just the same: it asks for none."
UNLISTED = "Its own list does not name {}, and it answered all the same. It may answer to any name."


@dataclass(frozen=True)
class ProbeResult:
    """What one test found. `not_testable` means that nothing was sent, for something is missing; `fault` says what.

    `any_key`: it answers without the key, too. `unlisted`: it answered by a model that its own listing does not name.
    """

    outcome: Literal["ok", "failed", "not_testable"]
    fault: Fault | None = None
    status: int | None = None
    latency_ms: int | None = None
    reported_model: str = ""
    request_id: str = ""
    url: str = ""
    notes: tuple[str, ...] = ()
    any_key: bool = False
    unlisted: bool = False

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"

    @property
    def category(self) -> Category:
        return self.fault.category if self.fault else Category.OK


def probe(
    transport: Transport,
    endpoint: Endpoint,
    destination: frozenset[str],
    wire_name: str,
    limits: Limits = PATIENCE,
    aside: Transport | None = None,
) -> ProbeResult:
    """Test address, key and model with the smallest question there is. Never raises `UpstreamError`.

    It is asked twice: for a whole answer, whose errors say most, and then for a stream, as chats ask. `aside` sends
    what is asked beside it, where requests of `transport` are timed.
    """
    aside = aside or transport
    missing = _missing(endpoint, wire_name)
    if missing is not None:
        return ProbeResult("not_testable", advise(endpoint, Fault(missing)))
    chat_request = ping(endpoint, wire_name)
    url = dialect_for(endpoint, wire_name).chat(endpoint, chat_request, stream=False).url
    started = time.monotonic()
    try:
        outcome = ask(transport, endpoint, destination, chat_request, limits)
    except UpstreamError as error:
        took = round((time.monotonic() - started) * 1000)
        fault = name_first(aside, endpoint, destination, wire_name, error.fault, limits)
        return _failed(fault, url, took)
    answer = outcome.answer
    reported = answer.model or wire_name
    found = ProbeResult(
        "ok", None, outcome.status, outcome.latency_ms, reported, answer.request_id, outcome.url, outcome.notes
    )
    found = _streamed(aside, endpoint, destination, chat_request, limits, found)
    if not found.ok:
        return found
    if answer.finish_reason is FinishReason.CONTENT:
        found = _noted(found, FILTERED)
    if not _same_model(wire_name, reported):
        found = _noted(found, f"Asked for {wire_name}; {reported} answered.")
    return _proving(aside, endpoint, destination, chat_request, limits, found)


def _streamed(
    transport: Transport,
    endpoint: Endpoint,
    destination: frozenset[str],
    chat_request: ChatRequest,
    limits: Limits,
    found: ProbeResult,
) -> ProbeResult:
    """The same question once more, piece by piece; a failure is the test's, and says which of the two it was."""
    started, url = time.monotonic(), found.url
    try:
        with stream(transport, endpoint, destination, chat_request, limits) as deltas:
            url = deltas.url
            for _ in deltas:
                pass
            return _noted(found, *(note for note in deltas.notes if note not in found.notes))
    except UpstreamError as error:
        fault = error.fault
    if fault.category is Category.RATE_LIMIT:
        return _noted(found, STREAM_NOT_TRIED)
    failed = _failed(fault, url, round((time.monotonic() - started) * 1000))
    return _noted(replace(failed, notes=found.notes + failed.notes), *(() if failed.ok else (STREAM_FAILED,)))


def _proving(
    transport: Transport,
    endpoint: Endpoint,
    destination: frozenset[str],
    chat_request: ChatRequest,
    limits: Limits,
    found: ProbeResult,
) -> ProbeResult:
    """What an answer does not prove of a server of one's own, which may ask for no key and answer to any name."""
    type = endpoint.type
    if type.key is not KeyRule.OPTIONAL or is_own(type, destination):
        return found
    if endpoint.secret is not None:
        try:
            ask(transport, replace(endpoint, secret=None), destination, chat_request, limits)
            found = _noted(replace(found, any_key=True), ANY_KEY)
        except UpstreamError:
            pass  # it asks for a key, so that the right one was seen
    listed = names(transport, endpoint, destination, limits)
    if listed and not is_listed(chat_request.wire_name, listed):
        found = _noted(replace(found, unlisted=True), UNLISTED.format(chat_request.wire_name))
    return found


def _noted(found: ProbeResult, *notes: str) -> ProbeResult:
    return replace(found, notes=(*found.notes, *notes))


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
