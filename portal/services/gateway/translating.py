"""Answering in the caller's API by way of a provider that has another one: read, asked, and written anew."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from portal.dialects.callers import API, StreamWriter
from portal.dialects.conversation import ChatDelta, ChatRequest, ChatResponse
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.gateway import failures
from portal.services.gateway.answers import ENDED_EARLY, Answer, Exchange, Streaming
from portal.services.gateway.routes import Route
from portal.services.upstream import calls
from portal.services.upstream.chat_stream import ChatStream

NOT_PASSED = Fault(
    Category.ENDPOINT, hint="This provider does not have this API, and there is nothing else to make of the request."
)


def send(exchange: Exchange, route: Route) -> tuple[Answer, Fault | None]:
    """The answer by this route, in the caller's API. Raises `UpstreamError` and `CallerRefusal`."""
    api = API.get(exchange.asked.api)
    if api is None:
        raise UpstreamError(NOT_PASSED)
    asked = api.read(exchange.asked.body.values)
    resolved, target = route.resolved, exchange.target
    request = replace(
        asked.chat_request,
        wire_name=target.wire_name,
        options={**target.options, **asked.chat_request.options},
    )
    request, dropped = _carried(resolved.endpoint.type.dialect, request)
    left_out = tuple(dict.fromkeys((*asked.left_out, *dropped)))
    headers = {"portal-left-out": ", ".join(left_out)} if left_out else {}
    exchange.record.passed = False
    way_out, limits = resolved.way_out(exchange.runtime), resolved.limits
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


def _carried(dialect: str, request: ChatRequest) -> tuple[ChatRequest, tuple[str, ...]]:
    """The request without what the dialect cannot take and what is but a hint."""
    return request, ()


def _written(exchange: Exchange, stream: ChatStream, writer: StreamWriter) -> Iterator[bytes]:
    """The stream in the caller's API, to an end of its own."""
    record, row, fault, over = exchange.record, Streaming(exchange), None, False
    try:
        yield writer.begin()
        try:
            for delta in stream:
                if delta == ChatDelta():
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
        yield writer.end() if fault is None else writer.error(*failures.told(fault, exchange.label))
    finally:
        stream.close()
        row.keep(left=True)


def _noted(exchange: Exchange, answer: ChatResponse) -> None:
    exchange.record.usage = answer.usage
    exchange.record.provider_request_id = answer.request_id
