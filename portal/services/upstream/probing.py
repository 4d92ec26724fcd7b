"""Testing a connection: the smallest question there is, asked as chats ask theirs."""

import time
from dataclasses import dataclass
from typing import Literal

from portal.dialects import DIALECTS
from portal.dialects.base import Endpoint, FinishReason, Limits, Transport
from portal.dialects.faults.refusals import advise
from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import base_url_for
from portal.dialects.writing import ping
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.upstream.calls import PATIENCE, ask

FILTERED = "Its content rules stopped the word that the test sends. Address, key and model work."


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
