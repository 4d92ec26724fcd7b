"""Sockets, and only to addresses that were checked: the check and the connecting are one step, in `_new_conn`."""

import contextlib
import errno
import functools
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.retry import Retry
from urllib3.util.ssl_ import create_urllib3_context

from portal.domain.egress import EgressPolicy, literal
from portal.domain.faults import Category, Fault, UpstreamError
from portal.wire.deadline import Deadline
from portal.wire.resolution import Resolver
from portal.wire.waiting import PatientResponse

IDLE_TOO_LONG = 55.0
"""Seconds after which an idle connection is not used again: many a firewall forgets it after a minute, silently."""

SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
)


@dataclass
class ConnectContext:
    """What a connection must know of the request that it serves.

    `afresh` asks for a new connection; `connected` tells whether one was made.
    """

    deadline: Deadline
    policy: EgressPolicy
    resolver: Resolver
    connect: float
    afresh: bool = False
    connected: bool = False

    def open_socket(self, host: str, port: int, proxied: bool) -> socket.socket:
        """A connected socket. Raises `UpstreamError`: egress, dns, timeout, connect.

        A proxy's own address is not checked: it was set by whoever runs the portal, and it checks in our place.
        """
        self.connected = True
        began = time.monotonic()
        if literal(host) is None:
            self.deadline.step("looking up the host", self.connect)
        rows = self._rows(host, port)
        if not proxied:
            for _, sockaddr in rows:
                refusal = self.policy.refusal(sockaddr[0], host)
                if refusal:
                    raise UpstreamError(Fault(Category.EGRESS, refusal.sentence, refusal.hint))
        self.deadline.step("connecting")
        error: OSError | None = None
        for place, (family, sockaddr) in enumerate(rows):
            remaining = max(0.001, self.connect - (time.monotonic() - began))
            try:
                return self._connect(family, sockaddr, self.deadline.left(remaining / (len(rows) - place)))
            except OSError as failure:
                error = failure
        raise UpstreamError(_not_connected(error, host, port, self.connect))

    def _rows(self, host: str, port: int) -> list[tuple[Any, Any]]:
        spelled = literal(host)
        if spelled is not None:
            family = socket.AF_INET if spelled.version == 4 else socket.AF_INET6
            return [(family, (str(spelled), port) if spelled.version == 4 else (str(spelled), port, 0, 0))]
        found = self.resolver.addresses(host, port, self.deadline.left(self.connect))
        return list(dict.fromkeys((family, sockaddr) for family, _, _, _, sockaddr in found))

    def _connect(self, family: Any, sockaddr: Any, seconds: float) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in SOCKET_OPTIONS:
                sock.setsockopt(*option)
            sock.settimeout(seconds)
            self.deadline.hold(sock)
            sock.connect(sockaddr)
        except BaseException:  # no socket is left behind, whatever ended the attempt
            sock.close()
            raise
        return sock


_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN})


def _not_connected(error: OSError | None, host: str, port: int, seconds: float) -> Fault:
    """Without a hint where nothing answers: what to do about that, the type of provider knows better."""
    where = f"{host}:{port}"
    if isinstance(error, TimeoutError):
        return Fault(
            Category.TIMEOUT,
            f"{where} did not take the connection within {seconds:.3g} s.",
            "A firewall may be dropping it, or the host or port is wrong.",
        )
    if isinstance(error, ConnectionRefusedError):
        return Fault(Category.CONNECT, f"{where} refused the connection: nothing listens on that port.")
    if error is not None and error.errno in _UNREACHABLE:
        return Fault(Category.CONNECT, f"There is no way from this machine to {where}.")
    why = error.strerror if error is not None and error.strerror else "no address took the connection"
    return Fault(Category.CONNECT, f"No connection to {where}: {why}.")


_context: ContextVar[ConnectContext | None] = ContextVar("connect_context", default=None)


@contextlib.contextmanager
def connecting_with(context: ConnectContext) -> Iterator[None]:
    """Within it, this thread's connections are made with that context; without one, none can be made at all."""
    token = _context.set(context)
    try:
        yield
    finally:
        _context.reset(token)


def _current() -> ConnectContext:
    context = _context.get()
    if context is None:
        raise RuntimeError("a connection outside of a request")
    return context


class _Guarded(HTTPConnection):
    """What both schemes have in common. `deadline` is that of the request which uses the connection now."""

    response_class = PatientResponse
    deadline: Deadline | None = None
    idle_since = 0.0
    once_connected = "waiting for the answer"

    def _new_conn(self) -> socket.socket:
        context = _current()
        self.deadline = context.deadline
        proxied = self.proxy is not None
        try:
            sock = context.open_socket(self._dns_host, self.port, proxied)
        except UpstreamError as error:
            if not proxied:
                raise
            fault = error.fault
        else:
            sock.settimeout(context.deadline.left(context.connect))
            context.deadline.step(self.once_connected)
            return sock
        raise UpstreamError(Fault(Category.CONNECT, f"The proxy: {fault.detail}", PROXY_HINT))

    def request(self, *args: Any, **kwargs: Any) -> None:
        context = _current()
        if self.sock is not None:  # without one, plain HTTP connects within the request and says its steps itself
            if self.deadline is not context.deadline:  # a connection used again
                self.deadline = context.deadline
                self.deadline.hold(self.sock)
            context.deadline.step("waiting for the answer")
        super().request(*args, **kwargs)

    def release(self) -> None:
        """The request is done with it. Closed rather than kept when that request's deadline has shut its socket."""
        if self.deadline is not None and not self.deadline.let_go():
            self.close()
        self.deadline = None
        self.idle_since = time.monotonic()


PROXY_HINT = "All requests go through the proxy in PORTAL_EGRESS_PROXY. Whoever runs the portal can check it."


class GuardedHTTP(_Guarded):
    pass


class GuardedHTTPS(_Guarded, HTTPSConnection):
    once_connected = "securing the connection"


class _IdlePool(HTTPConnectionPool):
    """A pool that uses no connection again which has been idle too long."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)
        too_long = time.monotonic() - connection.idle_since > IDLE_TOO_LONG
        if connection.sock and (too_long or _current().afresh):
            connection.close()  # it opens again by itself
        return connection

    def _put_conn(self, connection: Any) -> None:
        if connection is not None:
            connection.release()
        super()._put_conn(connection)


class HTTPPool(_IdlePool):
    ConnectionCls = GuardedHTTP


class HTTPSPool(_IdlePool, HTTPSConnectionPool):
    ConnectionCls = GuardedHTTPS


@functools.cache
def _trust(authorities: str) -> ssl.SSLContext:
    """One TLS context for all connections: left alone, requests loads the authorities for each, in 15 ms."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(authorities)
    return context


class GuardedAdapter(HTTPAdapter):
    """Requests' adapter, on guarded pools."""

    def __init__(self, size: int, ca_bundle: str | None) -> None:
        self._tls = _trust(ca_bundle or requests.certs.where())
        super().__init__(pool_connections=64, pool_maxsize=size, max_retries=0, pool_block=False)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self._guard(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._tls, **kwargs)
        self._guard(manager)
        return manager

    def cert_verify(self, conn: Any, *_: Any) -> None:
        """The context already holds what is trusted; always verify."""
        conn.cert_reqs = "CERT_REQUIRED"

    @staticmethod
    def _guard(manager: Any) -> None:
        manager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}


ONCE = Retry(False, redirect=False)
"""How often a request is sent: what urllib3 makes of `retries=False` anew for each."""


class Pools:
    """The connections of all requests. Nothing is taken from the environment, no cookie is kept, no redirect followed.

    They are those of requests' adapter, asked directly: what a session of requests does beside (cookies, hooks,
    redirects, a request made of a request) is never wanted here, and costs as much as the sending.
    """

    def __init__(self, size: int, ca_bundle: str | None) -> None:
        self._adapter = GuardedAdapter(size, ca_bundle)

    def close(self) -> None:
        """Close those that are idle."""
        self._adapter.close()

    def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: Timeout,
        proxy: str | None,
    ) -> BaseHTTPResponse:
        """Send one request and return its answer, of which the headers are here."""
        adapter = self._adapter
        parts = urlsplit(url)
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        if proxy is None:
            pools = adapter.poolmanager
        else:
            pools = adapter.proxy_manager_for(proxy)
            if parts.scheme == "http":
                target = url
                headers = {**adapter.proxy_headers(proxy), **headers}
        return pools.connection_from_url(url).urlopen(
            method,
            target,
            body=body,
            headers=headers,
            redirect=False,
            retries=ONCE,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
        )
