"""The transport: sends a request, and returns its response or says why there is none."""

import logging
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, Timeout

from portal.dialects.base import (
    AwsSignature,
    CancelToken,
    Limits,
    ServiceAccountToken,
    UpstreamRequest,
    UpstreamResponse,
)
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, Fault, Step, UpstreamError
from portal.wire.connections import PROXY_HINT, ConnectContext, Pools, connecting_with
from portal.wire.deadline import Deadline, DeadlineMonitor
from portal.wire.diagnosis import BAD_KEY, ERRORS, diagnose, took_too_long
from portal.wire.redaction import Redactor
from portal.wire.resolution import LookUp, Resolver
from portal.wire.routes import route_of
from portal.wire.signing import sign
from portal.wire.stream import STOPPED, LocalResponse, StreamingResponse
from portal.wire.tokens import Tokens

STALE = "stale"
"""The code of a fault on a connection that was taken from the pool: it says nothing about the provider yet."""

LocalHandler = Callable[[UpstreamRequest], Iterable[bytes]]

MOST_TEAMS = 64
"""Lists of networks for which connections are kept."""

STREAM_FACTOR = 32
"""How much longer than a whole response a stream may be: each of its tokens comes in an event of its own."""

# What urllib3 logs are headers it could not parse and connections it tries again: both may hold what was echoed.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


USUAL = {"User-Agent": "llm-portal", "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
USUAL_OF_STREAMS = USUAL | {"Accept": "text/event-stream, application/json", "Accept-Encoding": "identity"}
"""Headers of every request that has none of these names of its own."""

MOST_ROUTES = 4_096
"""Addresses of which is remembered that they may be asked."""


@dataclass(frozen=True)
class _Prepared:
    """A request as it is sent. Its headers hold keys in plain: it lives as long as the sending and is never shown."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


class Wire:
    """The one way out of the portal; it is a `portal.dialects.base.Transport`, and may be shared by all threads.

    `threads` is how many requests may run at once without losing reuse of connections. `ca_bundle` replaces the
    public certificate authorities. With `proxy` all requests go through it, and it owns the check of addresses. `local`
    maps a URL's scheme to what answers it within the portal, without a network. `resolve` stands in for
    `socket.getaddrinfo`.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        *,
        threads: int = 64,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        local: Mapping[str, LocalHandler] = MappingProxyType({}),
        resolve: LookUp = socket.getaddrinfo,
    ) -> None:
        self._policy = policy
        self._pools = Pools(threads, ca_bundle)
        self._of_team = lru_cache(MOST_TEAMS)(
            lambda networks: Wire(
                policy.of_team(networks),
                threads=threads,
                ca_bundle=ca_bundle,
                proxy=proxy,
                local=local,
                resolve=resolve,
            )
        )
        self._proxy = proxy
        self._route = lru_cache(MOST_ROUTES)(lambda url, destination: route_of(policy, url, destination))
        self._local = dict(local)
        self._resolver = Resolver(resolve)
        self._monitor = DeadlineMonitor()
        self._tokens = Tokens(self.send)

    def send(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> UpstreamResponse:
        """One request and its whole response, whatever its status. Raises `UpstreamError` when none arrives."""
        began = time.monotonic()
        if limits.total is None:
            limits = Limits(limits.connect, limits.read, 2 * limits.connect + limits.read, limits.body)
        response = self._start(request, destination, limits, cancel, stream=False)
        body = b"".join(response.chunks())
        elapsed = round((time.monotonic() - began) * 1000)
        return UpstreamResponse(response.status, response.headers, body, elapsed, response.steps)

    def open(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> StreamingResponse | LocalResponse:
        """The same, with the body left to arrive. The caller closes it; `cancel` ends it before it is there, too."""
        return self._start(request, destination, limits, cancel, stream=True)

    def of_team(self, networks: tuple[str, ...]) -> "Wire":
        """The way out for a team's providers: of private addresses it reaches those networks alone.

        It has connections of its own, so that none that was opened under a wider policy serves it.
        """
        return self._of_team(networks)

    def close(self) -> None:
        """Close the idle connections."""
        self._pools.close()

    def _start(
        self,
        request: UpstreamRequest,
        destination: frozenset[str],
        limits: Limits,
        cancel: CancelToken | None,
        *,
        stream: bool,
    ) -> StreamingResponse | LocalResponse:
        cap = limits.body * STREAM_FACTOR if stream else limits.body
        local_handler = self._local.get(request.url.partition(":")[0].lower())
        if local_handler is not None:
            headers = {"content-type": "text/event-stream" if request.stream else "application/json"}
            return LocalResponse(local_handler(request), headers, total=limits.total, cap=cap)
        began, authority = time.monotonic(), request.authority
        request = self._authorised(request, destination, limits)
        before = _authorising(authority, time.monotonic() - began)
        redactor = Redactor(value.bare() for value in request.headers.values() if isinstance(value, Secret))
        prepared, fault = self._prepare(request, destination, stream)
        if prepared is None:
            raise UpstreamError(_redacted(fault, redactor))
        host = urlsplit(prepared.url).netloc
        # Without an end for the whole, the way to the first byte of the body still has one.
        head = 2 * limits.connect + limits.read if limits.total is None else limits.total
        deadline = Deadline(self._monitor, max(0.001, head - (time.monotonic() - began)))
        if cancel is not None:
            cancel.bind(deadline.cut)
        raw = None
        try:
            raw, fault = self._send(prepared, deadline, limits, host)
            if raw is None and fault.code == STALE:
                # The other side had closed an idle connection, and nothing of an answer came: try on a new one.
                raw, fault = self._send(prepared, deadline, limits, host, afresh=True)
        finally:
            if raw is None:
                deadline.finish()
        if raw is None:
            raise UpstreamError(_redacted(fault, redactor), (*before, *deadline.steps))
        if raw.status == 401 and isinstance(authority, ServiceAccountToken):
            self._tokens.forget(authority)
        if limits.total is None:
            deadline.lift()
        return StreamingResponse(raw, deadline, redactor, host=host, read=limits.read, cap=cap, before=before)

    def _authorised(self, request: UpstreamRequest, destination: frozenset[str], limits: Limits) -> UpstreamRequest:
        """The request with what its authority grants in its headers. Raises `UpstreamError` when nothing is granted."""
        if isinstance(request.authority, ServiceAccountToken):
            return self._tokens.authorised(request, request.authority, destination, limits)
        if isinstance(request.authority, AwsSignature):
            return sign(request, request.authority)
        return request

    def _send(
        self, prepared: _Prepared, deadline: Deadline, limits: Limits, host: str, afresh: bool = False
    ) -> tuple[BaseHTTPResponse | None, Fault]:
        """Send the request and wait for the headers of its answer."""
        fault: Fault | None = None
        raw: BaseHTTPResponse | None = None
        times = Timeout(connect=deadline.left(limits.connect), read=deadline.left(limits.read))
        context = ConnectContext(deadline, self._policy, self._resolver, limits.connect, afresh)
        try:
            with connecting_with(context):
                raw = self._pools.exchange(
                    prepared.method, prepared.url, prepared.headers, prepared.body, times, self._proxy
                )
        except UpstreamError as error:
            fault = error.fault
        except ERRORS as error:
            fault = diagnose(error, host, deadline.doing)
            if fault.category is Category.CONNECT and not context.connected:
                fault = replace(fault, code=STALE)
        if deadline.expired:
            fault = took_too_long(host, deadline.doing)
        elif deadline.cut_off:
            fault = STOPPED
        elif raw is not None and self._proxy and raw.status == 407:
            fault = Fault(Category.CONNECT, "The proxy requires authentication.", PROXY_HINT)
        if fault is None:
            return raw, Fault(Category.OK)
        if raw is not None:
            raw.close()
        return None, fault

    def _prepare(
        self, request: UpstreamRequest, destination: frozenset[str], stream: bool
    ) -> tuple[_Prepared | None, Fault]:
        """The request as it will be sent; None and a fault when it must not, or cannot."""
        route = self._route(request.url, destination)
        if isinstance(route, Fault):
            return None, route
        fault = _fault_of_headers(request.headers)
        if fault is not None:
            return None, fault
        headers = {
            name: value.reveal() if isinstance(value, Secret) else value for name, value in request.headers.items()
        }
        usual = USUAL_OF_STREAMS if stream else USUAL
        given = {name.lower() for name in headers}
        headers |= {name: value for name, value in usual.items() if name.lower() not in given}
        return _Prepared(request.method, route, headers, request.body), Fault(Category.OK)


def _fault_of_headers(headers: Mapping[str, str | Secret]) -> Fault | None:
    for name, value in headers.items():
        if isinstance(value, Secret):
            if not value or not _can_be_sent(value.reveal()) or value.bare() != value.bare().strip():
                return BAD_KEY
        elif not _can_be_sent(value) or value != value.strip():
            hint = "Headers take plain letters, digits and signs, without line breaks or spaces around them."
            return Fault(Category.AUTH, f"The header {name!r} cannot be sent as it is.", hint)
    return None


def _can_be_sent(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _authorising(authority: AwsSignature | ServiceAccountToken | None, seconds: float) -> tuple[Step, ...]:
    """The step before the request itself: one that went out and was waited for, where a token had to be fetched."""
    took = round(seconds * 1000)
    return (("getting a token", took),) if isinstance(authority, ServiceAccountToken) and took else ()


def _redacted(fault: Fault, redactor: Redactor) -> Fault:
    return Fault(fault.category, redactor.text(fault.detail), redactor.text(fault.hint))
