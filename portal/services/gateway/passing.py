"""Passing a request on to a provider that has the caller's own API: its bytes and its answer's bytes, as they come."""

import time
from collections.abc import Iterator
from dataclasses import replace

from portal.dialects import DIALECTS
from portal.dialects.base import Endpoint, Stream, UpstreamRequest, UpstreamResponse
from portal.dialects.faults import refusals
from portal.dialects.passing import PASSED, StreamScanner, names_in, usage_of
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.gateway import failures, states
from portal.services.gateway.answers import ENDED_EARLY, Answer, Exchange, Streaming
from portal.services.gateway.left_open import left_open
from portal.services.gateway.routes import Route
from portal.services.keys import credentials

RETRY_PAUSES = (0.25, 1.0)
"""Seconds before a request that met a passing failure is sent again, before anything of an answer came."""

RETRIED = frozenset({502, 503, 504, 529})
"""The statuses of passing failures. A limit is no such: the next key, or the caller, does better."""

NOT_THERE = frozenset({Category.ENDPOINT, Category.HTML, Category.SHAPE})
"""What the refusal of a path that a server does not have may look like; of a model it says something else."""

EVENT_STREAM = "text/event-stream"
NAMED = frozenset({"content-type", "retry-after", "x-should-retry", "request-id", "x-request-id"})
PREFIXES = ("anthropic-", "openai-", "x-ratelimit-")
"""What of the headers of a provider's answer goes back to the caller."""


class ApiMissing(Exception):
    """A provider of which nobody promised it does not have this API."""


def send(exchange: Exchange, route: Route) -> tuple[Answer, Fault | None]:
    """What came back by this route, and the fault in it. Raises `UpstreamError` when nothing did, and `ApiMissing`, and
    `CallerRefusal` for what the caller never got of this provider."""
    state = exchange.state
    if state and state.kept is None and route.resolved.source != credentials.PERSONAL:
        raise state.unknown()
    request, limits = _request(exchange, route), replace(route.resolved.limits, total=None)
    way_out = route.resolved.way_out(exchange.runtime, exchange.record.caller.asker)
    for pause in (*RETRY_PAUSES, None):
        try:
            stream = way_out.open(request, route.destination, limits, exchange.cancel)
            if pause is None or stream.status not in RETRIED:
                answer, fault = _read(exchange, route, stream)
                if fault and route.assumed and _is_missing(route, fault, answer.status):
                    raise ApiMissing
                return answer, fault
            stream.close()
        except UpstreamError as error:
            if pause is None or error.fault.category is not Category.CONNECT or exchange.has_left():
                raise
        time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _is_missing(route: Route, fault: Fault, status: int) -> bool:
    """Whether a refusal says that the API is not there; or not for this access key, which may well have Converse."""
    if route.authority is not None and fault.category is Category.PERMISSION:
        return True
    return fault.category in NOT_THERE and status in (404, 405)


def _request(exchange: Exchange, route: Route) -> UpstreamRequest:
    """The caller's bytes, but for the model, the credentials, and what was set for the model and left open."""
    asked, target, endpoint = exchange.asked, exchange.target, route.resolved.endpoint
    changes = left_open(endpoint, asked, target)
    changes["model"] = target.wire_name
    if _counts_are_added(exchange, endpoint):
        changes["stream_options"] = {**(asked.body.values.get("stream_options") or {}), "include_usage": True}
    headers = {name: value for name, value in route.headers.items() if name.lower() not in asked.headers}
    body = asked.body.changed(changes)
    return UpstreamRequest("POST", route.url, headers | asked.headers, body, asked.stream, authority=route.authority)


def _counts_are_added(exchange: Exchange, endpoint: Endpoint) -> bool:
    """Whether the portal asks for counts where the caller did not."""
    asked = exchange.asked
    return (
        asked.api == "chat_completions"
        and asked.stream
        and endpoint.type.stream_options
        and isinstance(asked.body.values.get("stream_options") or {}, dict)
        and not asked.counts_wanted
    )


def _read(exchange: Exchange, route: Route, stream: Stream) -> tuple[Answer, Fault | None]:
    record, api, endpoint = exchange.record, exchange.asked.api, route.resolved.endpoint
    headers = {name: value for name, value in stream.headers.items() if name in NAMED or name.startswith(PREFIXES)}
    record.provider_request_id = refusals.request_id(stream.headers)
    if stream.status < 300 and stream.headers.get("content-type", "").startswith(EVENT_STREAM):
        hides = _counts_are_added(exchange, endpoint)
        scanner = StreamScanner(api, hides_counts=hides, notes_names=states.stays(exchange.asked))
        return Answer(stream.status, headers, chunks=_passed_on(exchange, stream, scanner)), None
    try:
        body = b"".join(stream.chunks())
    finally:
        stream.close()
    record.begun()
    fault, response = None, UpstreamResponse(stream.status, stream.headers, body)
    page = refusals.is_html(response)
    if page or stream.status >= 300:
        fault = DIALECTS[endpoint.type.dialect].read_fault(endpoint, response)
    else:
        record.usage = usage_of(api, body)
        if states.stays(exchange.asked):
            record.made = names_in(body)
    if page and fault and not (route.assumed and _is_missing(route, fault, stream.status)):
        raise UpstreamError(fault)  # the page of a proxy or a sign-in, which clients would take for an answer
    return Answer(stream.status, headers, body), fault


def _passed_on(exchange: Exchange, stream: Stream, scanner: StreamScanner) -> Iterator[bytes]:
    """The stream's bytes as they come, then what its API wants at the end and the provider left out."""
    record, row, fault = exchange.record, Streaming(exchange), None
    try:
        try:
            for chunk in stream.chunks(pauses=True):
                if not chunk:
                    yield chunk
                    continue
                record.begun()
                passed = scanner.feed(chunk)
                record.usage, record.made = scanner.usage, scanner.names
                if scanner.ended:
                    row.keep()  # before its last byte: who has read the end may count on the row
                if passed:
                    yield passed
            if rest := scanner.rest():
                yield rest
            record.usage, record.made = scanner.usage, scanner.names
        except UpstreamError as error:
            fault = error.fault
        if scanner.ended or scanner.stopped:
            fault = None
        elif fault is None:
            fault = ENDED_EARLY
        row.keep(fault, left=exchange.has_left())
        if fault is not None:
            yield failures.end_frame(exchange.asked.api, fault, exchange.label)
        elif not scanner.ended:
            yield PASSED[exchange.asked.api].terminator
    finally:
        stream.close()
        row.keep(left=True)
