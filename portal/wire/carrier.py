"""The carrier: takes a call, and brings back a reply or says why there is none."""

import logging
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import urlsplit

import requests

from portal.dialects.base import AwsSignature, Call, HangUp, Limits, Reply, ServiceAccountToken
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, Fault, Step, UpstreamError
from portal.domain.origins import origin_of
from portal.wire.connections import PROXY_HINT, Journey, Session, travelling
from portal.wire.deadline import Deadline, Watch
from portal.wire.diagnosis import BAD_KEY, ERRORS, URL_HINT, diagnose, took_too_long
from portal.wire.redaction import Veil
from portal.wire.resolution import LookUp, Resolver
from portal.wire.signing import sign
from portal.wire.stream import STOPPED, Arriving, Homemade
from portal.wire.tokens import Tokens

STALE = "stale"
"""The code of a fault on a connection that was taken from the pool: it says nothing about the provider yet."""

Homemaker = Callable[[Call], Iterable[bytes]]

STREAM_FACTOR = 32
"""How much longer than a whole reply a stream may be: each of its tokens travels in an envelope of its own."""

# What urllib3 logs are headers it could not parse and connections it tries again: both may hold what was echoed.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


class Wire:
    """The one way out of the portal; it is a `portal.dialects.base.Carrier`, and may be shared by all threads.

    `threads` is how many calls may be under way at once without losing reuse of connections. `ca_bundle` replaces the
    public certificate authorities. With `proxy` all calls go through it, and it owns the check of addresses. `local`
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
        local: Mapping[str, Homemaker] = MappingProxyType({}),
        resolve: LookUp = socket.getaddrinfo,
    ) -> None:
        self._policy = policy
        self._session = Session(threads, ca_bundle)
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._local = dict(local)
        self._resolver = Resolver(resolve)
        self._watch = Watch()
        self._tokens = Tokens(self.send)

    def send(self, call: Call, destination: frozenset[str], limits: Limits, hang_up: HangUp | None = None) -> Reply:
        """One call and its whole reply, whatever its status. Raises `UpstreamError` when none arrives."""
        began = time.monotonic()
        if limits.total is None:
            limits = Limits(limits.connect, limits.read, 2 * limits.connect + limits.read, limits.body)
        arriving = self._start(call, destination, limits, hang_up, stream=False)
        body = b"".join(arriving.chunks())
        elapsed = round((time.monotonic() - began) * 1000)
        return Reply(arriving.status, arriving.headers, body, elapsed, arriving.steps)

    def open(
        self, call: Call, destination: frozenset[str], limits: Limits, hang_up: HangUp | None = None
    ) -> Arriving | Homemade:
        """The same, with the body left to arrive. The caller closes it; `hang_up` ends it before it is there, too."""
        return self._start(call, destination, limits, hang_up, stream=True)

    def close(self) -> None:
        """Let the idle connections go."""
        self._session.close()

    def _start(
        self, call: Call, destination: frozenset[str], limits: Limits, hang_up: HangUp | None, *, stream: bool
    ) -> Arriving | Homemade:
        cap = limits.body * STREAM_FACTOR if stream else limits.body
        homemaker = self._local.get(call.url.partition(":")[0].lower())
        if homemaker is not None:
            headers = {"content-type": "text/event-stream" if call.stream else "application/json"}
            return Homemade(homemaker(call), headers, total=limits.total, cap=cap)
        began, authority = time.monotonic(), call.authority
        call = self._authorised(call, destination, limits)
        before = _authorising(authority, time.monotonic() - began)
        veil = Veil(value.bare() for value in call.headers.values() if isinstance(value, Secret))
        prepared, fault = self._prepare(call, destination, stream)
        if prepared is None:
            raise UpstreamError(_veiled(fault, veil))
        host = urlsplit(prepared.url or "").netloc
        # Without an end for the whole, the way to the first byte of the body still has one.
        head = 2 * limits.connect + limits.read if limits.total is None else limits.total
        deadline = Deadline(self._watch, max(0.001, head - (time.monotonic() - began)))
        if hang_up is not None:
            hang_up.reaches(deadline.cut)
        response = None
        try:
            response, fault = self._knock(prepared, deadline, limits, host)
            if response is None and fault.code == STALE:
                # The other side had closed an idle connection, and nothing of an answer came: try on a new one.
                response, fault = self._knock(prepared, deadline, limits, host, afresh=True)
        finally:
            if response is None:
                deadline.finish()
        if response is None:
            raise UpstreamError(_veiled(fault, veil), (*before, *deadline.steps))
        if response.status_code == 401 and isinstance(authority, ServiceAccountToken):
            self._tokens.forget(authority)
        if limits.total is None:
            deadline.lift()
        return Arriving(response.raw, deadline, veil, host=host, read=limits.read, cap=cap, before=before)

    def _authorised(self, call: Call, destination: frozenset[str], limits: Limits) -> Call:
        """The call with what its authority grants among its headers. Raises `UpstreamError` when nothing is granted."""
        if isinstance(call.authority, ServiceAccountToken):
            return self._tokens.authorised(call, call.authority, destination, limits)
        if isinstance(call.authority, AwsSignature):
            return sign(call, call.authority)
        return call

    def _knock(
        self, prepared: requests.PreparedRequest, deadline: Deadline, limits: Limits, host: str, afresh: bool = False
    ) -> tuple[requests.Response | None, Fault]:
        """Send the request and wait for the headers of its answer."""
        fault: Fault | None = None
        response: requests.Response | None = None
        times = (deadline.left(limits.connect), deadline.left(limits.read))
        journey = Journey(deadline, self._policy, self._resolver, limits.connect, afresh)
        try:
            with travelling(journey):
                response = self._session.send(
                    prepared, stream=True, timeout=times, allow_redirects=False, proxies=self._proxies, verify=True
                )
        except UpstreamError as error:
            fault = error.fault
        except ERRORS as error:
            fault = diagnose(error, host, deadline.doing)
            if fault.category is Category.CONNECT and not journey.dialled:
                fault = replace(fault, code=STALE)
        if deadline.expired:
            fault = took_too_long(host, deadline.doing)
        elif deadline.cut_off:
            fault = STOPPED
        elif response is not None and self._proxies and response.status_code == 407:
            fault = Fault(Category.CONNECT, "The proxy wants to know who is calling.", PROXY_HINT)
        if fault is None:
            return response, Fault(Category.OK)
        if response is not None:
            response.raw.close()
        return None, fault

    def _prepare(
        self, call: Call, destination: frozenset[str], stream: bool
    ) -> tuple[requests.PreparedRequest | None, Fault]:
        """The request as it will travel; None and a fault when it must not, or cannot."""
        fault = _fault_of_url(call.url) or _fault_of_headers(call.headers)
        if fault is not None:
            return None, fault
        if origin_of(call.url) not in destination:
            return None, _strayed(call.url, destination)
        headers = {name: value.reveal() if isinstance(value, Secret) else value for name, value in call.headers.items()}
        usual = {
            "User-Agent": "llm-portal",
            "Accept": "text/event-stream, application/json" if stream else "application/json",
            "Accept-Encoding": "identity" if stream else "gzip, deflate",
        }
        given = {name.lower() for name in headers}
        headers |= {name: value for name, value in usual.items() if name.lower() not in given}
        try:
            prepared = self._session.prepare_request(
                requests.Request(call.method, call.url, headers=headers, data=call.body)
            )
        except ERRORS:
            return None, Fault(Category.ENDPOINT, "The base URL cannot be read.", URL_HINT)
        # Two parsers may read one URL differently; what counts is where requests would really go.
        url = str(prepared.url)
        if origin_of(url) not in destination and origin_of(url) not in map(_as_travelled, destination):
            return None, _strayed(url, destination)
        refusal = self._policy.refusal_of_host(urlsplit(url).hostname or "")
        if refusal:
            return None, Fault(Category.EGRESS, refusal.sentence, refusal.hint)
        return prepared, Fault(Category.OK)


def _fault_of_url(url: str) -> Fault | None:
    if any(char <= " " or char in "\\\x7f" for char in url):
        return Fault(Category.ENDPOINT, "The base URL contains a space or a backslash.", URL_HINT)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Fault(Category.ENDPOINT, "The base URL cannot be read.", URL_HINT)
    if parts.scheme.lower() not in ("http", "https"):
        return Fault(Category.ENDPOINT, "The base URL does not start with https:// or http://.", URL_HINT)
    if not host:
        return Fault(Category.ENDPOINT, "The base URL names no host.", URL_HINT)
    if "@" in parts.netloc:
        return Fault(Category.ENDPOINT, "The base URL contains a user name.", "Put the key in its own field.")
    return None


def _fault_of_headers(headers: Mapping[str, str | Secret]) -> Fault | None:
    for name, value in headers.items():
        if isinstance(value, Secret):
            if not value or not _can_travel(value.reveal()) or value.bare() != value.bare().strip():
                return BAD_KEY
        elif not _can_travel(value) or value != value.strip():
            hint = "Headers take plain letters, digits and signs, without line breaks or spaces around them."
            return Fault(Category.AUTH, f"The header {name!r} cannot be sent as it is.", hint)
    return None


def _can_travel(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _strayed(url: str, destination: frozenset[str]) -> Fault:
    known = ", ".join(sorted(destination)) or "nowhere"
    return Fault(
        Category.EGRESS,
        f"{origin_of(url)} is not where this provider's calls may go. They go to: {known}.",
        "Change the provider’s base URL and enter its key again.",
    )


def _as_travelled(origin: str) -> str:
    """An origin as requests writes it: foreign scripts in ASCII."""
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(origin, None)
        return origin_of(str(prepared.url))
    except ERRORS:
        return origin


def _authorising(authority: AwsSignature | ServiceAccountToken | None, seconds: float) -> tuple[Step, ...]:
    """The step before the call itself: one that went out and was waited for, where a token had to be fetched."""
    took = round(seconds * 1000)
    return (("getting a token", took),) if isinstance(authority, ServiceAccountToken) and took else ()


def _veiled(fault: Fault, veil: Veil) -> Fault:
    return Fault(fault.category, veil.text(fault.detail), veil.text(fault.hint))
