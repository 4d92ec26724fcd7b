"""Passing a request on to a provider that has the caller's own API: its bytes and its answer's bytes, as they come."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from portal.dialects import DIALECTS
from portal.dialects.base import CancelToken, Endpoint, Stream, UpstreamRequest, UpstreamResponse
from portal.dialects.faults import refusals
from portal.dialects.passing import PASSED, StreamScanner, usage_of
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.gateway import routes
from portal.services.gateway.asking import COMPLETE, FAILED, LEFT, Asked, Record
from portal.services.gateway.left_open import left_open
from portal.services.gateway.routes import Route
from portal.services.gateway.targets import Target
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import learning
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime
from portal.services.usage import ledger
from portal.store.base import Database, at, transaction

RETRY_PAUSES = (0.25, 1.0)
"""Seconds before a request that met a passing failure is sent again, before anything of an answer came."""

RETRIED = frozenset({502, 503, 504, 529})
"""The statuses of passing failures. A limit is no such: the next key, or the caller, does better."""

EVENT_STREAM = "text/event-stream"
NAMED = frozenset({"content-type", "retry-after", "x-should-retry", "request-id", "x-request-id"})
PREFIXES = ("anthropic-", "openai-", "x-ratelimit-")
"""What of the headers of a provider's answer goes back to the caller."""

OF_THE_CALLER = frozenset({Category.REJECTED, Category.CONTENT, Category.CONTEXT_LENGTH})
"""Faults in what the caller sent, which teach nothing of the provider."""

ENDED_EARLY = Fault(Category.SHAPE, "The provider's stream ended before the answer did.")


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller: a whole `body`, or `chunks` as they come, to be closed by whoever reads them.

    A blank chunk says that nothing has come for a while.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    chunks: Iterator[bytes] | None = None


@dataclass
class Passing:
    """One request on its way. `error_frame` writes the API's own end of a stream that breaks off."""

    runtime: Runtime
    database: Database
    asked: Asked
    target: Target
    record: Record
    error_frame: Callable[[Fault], bytes]
    has_left: Callable[[], bool]
    cancel: CancelToken = field(default_factory=CancelToken)
    _fault: Fault | None = None

    def answer(self) -> Answer:
        """Ask with one key after the other, and begin to answer. Raises `UpstreamError` when nobody answered.

        A row of usage is kept in any case: at once, or when the chunks end.
        """
        tried = None
        try:
            for route in routes.candidates(self.runtime, self.target, self.asked.api):
                self.record.resolved = route.resolved
                tried, fault = self._sent(route)
                if not self._noted(route.resolved, fault):
                    break
        except UpstreamError as error:
            if tried is None:
                self._keep(error.fault)
                raise
        if tried is None:
            raise UpstreamError(Fault(Category.NEED_KEY))
        if tried.chunks is None:
            self._keep(self._fault_of(tried), body=tried)
        return tried

    def _sent(self, route: Route) -> tuple[Answer, Fault | None]:
        """What came back with this key, and the fault in it. Raises `UpstreamError` when nothing did."""
        resolved = route.resolved
        request, limits = self._request(route), replace(resolved.limits, total=None)
        way_out = resolved.way_out(self.runtime)
        for pause in (*RETRY_PAUSES, None):
            try:
                stream = way_out.open(request, route.destination, limits, self.cancel)
                if pause is None or stream.status not in RETRIED:
                    return self._read(resolved.endpoint, stream)
                stream.close()
            except UpstreamError as error:
                if pause is None or error.fault.category is not Category.CONNECT or self.has_left():
                    self._noted(resolved, error.fault)
                    raise
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _request(self, route: Route) -> UpstreamRequest:
        """The caller's bytes, but for the model, the credentials, and what was set for the model and left open."""
        asked, endpoint = self.asked, route.resolved.endpoint
        changes = left_open(endpoint, asked, self.target)
        changes["model"] = self.target.wire_name
        if self._counts_are_added(endpoint):
            changes["stream_options"] = {**(asked.body.values.get("stream_options") or {}), "include_usage": True}
        headers = {name: value for name, value in route.headers.items() if name.lower() not in asked.headers}
        return UpstreamRequest("POST", route.url, headers | asked.headers, asked.body.changed(changes), asked.stream)

    def _counts_are_added(self, endpoint: Endpoint) -> bool:
        """Whether the portal asks for counts where the caller did not."""
        asked = self.asked
        return (
            asked.api == "chat_completions"
            and asked.stream
            and endpoint.type.stream_options
            and isinstance(asked.body.values.get("stream_options") or {}, dict)
            and not asked.counts_wanted
        )

    def _read(self, endpoint: Endpoint, stream: Stream) -> tuple[Answer, Fault | None]:
        headers = {name: value for name, value in stream.headers.items() if name in NAMED or name.startswith(PREFIXES)}
        self.record.provider_request_id = refusals.request_id(stream.headers)
        if stream.status < 300 and stream.headers.get("content-type", "").startswith(EVENT_STREAM):
            scanner = StreamScanner(self.asked.api, hides_counts=self._counts_are_added(endpoint))
            return Answer(stream.status, headers, chunks=self._passed_on(stream, scanner)), None
        try:
            body = b"".join(stream.chunks())
        finally:
            stream.close()
        self.record.begun()
        fault = None
        if stream.status >= 300:
            response = UpstreamResponse(stream.status, stream.headers, body)
            fault = DIALECTS[endpoint.type.dialect].read_fault(endpoint, response)
        return Answer(stream.status, headers, body), fault

    def _passed_on(self, stream: Stream, scanner: StreamScanner) -> Iterator[bytes]:
        """The stream's bytes as they come, then what its API wants at the end and the provider left out."""
        kept, left, fault = False, True, None
        try:
            try:
                for chunk in stream.chunks(pauses=True):
                    if not chunk:
                        yield chunk
                        continue
                    self.record.begun()
                    passed = scanner.feed(chunk)
                    if scanner.ended and not kept:
                        # Before its last byte: who has read the end may count on the row.
                        kept = True
                        self.record.usage = scanner.usage
                        self._keep(None)
                    if passed:
                        yield passed
                if rest := scanner.rest():
                    yield rest
                fault = None if scanner.ended or scanner.stopped else ENDED_EARLY
            except UpstreamError as error:
                fault = None if scanner.ended or scanner.stopped else error.fault
            left = False
            if not kept:
                kept = True
                self.record.usage = scanner.usage
                self._keep(fault, left=self.has_left())
                if not scanner.ended:
                    yield self.error_frame(fault) if fault else PASSED[self.asked.api].terminator
        finally:
            stream.close()
            if not kept:
                self.record.usage = scanner.usage
                self._keep(fault, left=left)

    def _fault_of(self, answer: Answer) -> Fault | None:
        return self._fault if answer.status >= 300 else None

    def _noted(self, resolved: ResolvedEndpoint, fault: Fault | None) -> bool:
        """Remember what this tells of its key; True when another key may do better."""
        self._fault = fault
        return key_cooldown.note(self.runtime, resolved, fault, model=self.target.wire_name)

    def _keep(self, fault: Fault | None, *, body: Answer | None = None, left: bool = False) -> None:
        """Write down how it ended, and what that teaches of the provider and the model."""
        record, target = self.record, self.target
        record.prices = target.prices
        record.state = LEFT if left else FAILED if fault else COMPLETE
        record.category = fault.category.value if fault else ""
        record.status = body.status if body else (fault.status or 502) if fault else 200
        if body and not fault:
            record.usage = usage_of(self.asked.api, body.body)
        with at(self.database):
            ledger.here().write(record.row())
            self._learn(fault, left)

    def _learn(self, fault: Fault | None, left: bool) -> None:
        record, target = self.record, self.target
        if record.resolved and not left and (fault.category not in OF_THE_CALLER if fault else target.faults_stand):
            with transaction() as session:
                learning.learn(session, self.runtime, record.resolved, target.wire_name, fault, record.at)
