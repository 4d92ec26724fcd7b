"""Answering in the caller's API by way of a provider that has another one: read, asked, and written anew."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from portal.dialects import carrying, origins
from portal.dialects.base import Endpoint
from portal.dialects.callers import API, Asked, CallerRefusal, StreamWriter, efforts
from portal.dialects.conversation import PAUSE, ChatRequest, ChatResponse
from portal.domain.faults import Fault, UpstreamError
from portal.domain.options import options_for
from portal.services.gateway import failures
from portal.services.gateway.answers import ENDED_EARLY, Answer, Exchange, Streaming
from portal.services.gateway.refusals import errors
from portal.services.gateway.routes import Route
from portal.services.gateway.targets import Target
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.upstream import calls
from portal.services.upstream.chat_stream import ChatStream

NO_NUMBERS = errors.NOT_JSON.say(reason="NaN, Infinity and numbers without end are none of its numbers.")
NOT_HERE = "The provider of this model does not have this API, and the request cannot be made of another one."


def send(exchange: Exchange, route: Route) -> tuple[Answer, Fault | None]:
    """The answer by this route, in the caller's API. Raises `UpstreamError` and `CallerRefusal`."""
    api = API.get(exchange.asked.api)
    if api is None:
        raise CallerRefusal(404, "api_not_available", NOT_HERE)
    if not exchange.asked.body.only_json:
        raise CallerRefusal(400, errors.NOT_JSON.code, NO_NUMBERS)
    asked = api.read(exchange.asked.body.values)
    resolved, target = route.resolved, exchange.target
    asked = replace(asked, origin=_origin(exchange, resolved))
    request, left_out = _carried(resolved.endpoint, asked, target)
    headers = {"portal-left-out": ", ".join(left_out)} if left_out else {}
    exchange.record.passed = False
    way_out, limits = resolved.way_out(exchange.runtime, exchange.record.caller.asker), resolved.limits
    model = exchange.asked.body.values["model"]
    id, now = uuid4().hex, int(time.time())
    if not asked.stream:
        whole = replace(limits, total=limits.total or limits.read)
        found = calls.ask(way_out, resolved.endpoint, route.destination, request, whole, exchange.cancel).answer
        exchange.record.begun()
        _noted(exchange, found)
        body = json.dumps(api.write(asked, found, model, id, now), ensure_ascii=False).encode("utf-8", "replace")
        return Answer(200, headers | {"content-type": "application/json"}, body), None
    stream = calls.stream(
        way_out, resolved.endpoint, route.destination, request, replace(limits, total=None), exchange.cancel
    )
    writer = api.writer(asked, model, id, now)
    chunks = _written(exchange, stream, writer)
    return Answer(200, headers | {"content-type": "text/event-stream; charset=utf-8"}, chunks=chunks), None


def _carried(endpoint: Endpoint, asked: Asked, target: Target) -> tuple[ChatRequest, tuple[str, ...]]:
    """What is asked in what this provider can be told, over what was set for the model; and the names of the rest.

    Raises `CallerRefusal` for what the answer would be wrong without.
    """
    type, dialect = endpoint.type, calls.dialect_for(endpoint, target.wire_name).name
    offered = {option.name: option.choices for option in options_for(type.dialect, type.name)}
    options, lost = efforts.fit(asked.chat_request.options, offered)
    request, foreign = origins.only_own(asked.chat_request, asked.origin)
    request = replace(request, wire_name=target.wire_name, options={**target.options, **options})
    try:
        request, dropped = carrying.check(dialect, request, type.name)
    except carrying.NotCarried as error:
        raise CallerRefusal(400, "not_carried", error.sentence, error.names[0]) from None
    return request, tuple(dict.fromkeys((*asked.left_out, *lost, *foreign, *dropped)))


def _origin(exchange: Exchange, resolved: ResolvedEndpoint) -> str:
    """Whose model answers, for its signatures: but for Anthropic's, they are worth something to one key alone."""
    endpoint, wire_name = resolved.endpoint, exchange.target.wire_name
    dialect = calls.dialect_for(endpoint, wire_name).name
    vendor = origins.vendor_of(dialect, endpoint.type.name, wire_name)
    key = None if vendor == origins.ANTHROPIC else str(resolved.key_id)
    return origins.origin_of(vendor, str(exchange.target.provider_id), wire_name, key)


def _written(exchange: Exchange, stream: ChatStream, writer: StreamWriter) -> Iterator[bytes]:
    """The stream in the caller's API, to an end of its own."""
    record, row, fault, over = exchange.record, Streaming(exchange), None, False
    try:
        yield writer.begin()
        try:
            for delta in stream:
                if delta is PAUSE:
                    yield b""
                    continue
                record.begun()
                record.usage = delta.usage or record.usage
                record.provider_request_id = delta.request_id or record.provider_request_id
                over = over or delta.finish_reason is not None
                if written := writer.delta(delta):
                    yield written
            fault = None if over else ENDED_EARLY
        except UpstreamError as error:
            fault = None if over else error.fault
        row.keep(fault, left=exchange.has_left())
        yield writer.end() if fault is None else writer.error(*failures.told(exchange.asked.api, fault, exchange.label))
    finally:
        stream.close()
        row.keep(left=True)


def _noted(exchange: Exchange, answer: ChatResponse) -> None:
    exchange.record.usage = answer.usage
    exchange.record.provider_request_id = answer.request_id
