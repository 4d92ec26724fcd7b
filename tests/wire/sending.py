"""Short ways to send a request over the wire."""

from contextlib import closing

import pytest

from portal.dialects.base import Limits, UpstreamRequest, UpstreamResponse
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.origins import origin_of
from portal.wire import Wire

KEY = "sk-canary-7f3b9d51c2e84a06"
AUTHORIZATION = {"Authorization": Secret(KEY).prefixed("Bearer ")}
SOON = Limits(connect=5, read=5, total=10, body=100_000)


def get(wire: Wire, url: str, limits: Limits = SOON, headers=AUTHORIZATION, destination=None) -> UpstreamResponse:
    return wire.send(UpstreamRequest("GET", url, headers), destination or frozenset({origin_of(url)}), limits)


def opened(wire: Wire, url: str, limits: Limits = SOON, headers=AUTHORIZATION):
    return wire.open(UpstreamRequest("GET", url, headers, stream=True), frozenset({origin_of(url)}), limits)


def fault_of(act, *args, **kwargs) -> Fault:
    """The fault that a request ends in; it must never hold the key."""
    with pytest.raises(UpstreamError) as failed:
        take_all(act(*args, **kwargs))
    error = failed.value
    assert KEY not in f"{error} {error!r} {error.fault}"
    assert not [cause for cause in (error.__cause__, error.__context__) if cause and KEY in repr(cause)]
    return error.fault


def take_all(answer) -> bytes:
    """The body of a response, or all that a stream brings."""
    if hasattr(answer, "body"):
        return answer.body
    with closing(answer):
        return b"".join(answer.chunks())


def wire_to(**wishes) -> Wire:
    return Wire(EgressPolicy(wishes.pop("private", "allow")), **wishes)


def resolves_to(*addresses: str):
    """A resolver that gives these addresses for every name."""

    def resolve(host, port, *_):
        return [(10 if ":" in address else 2, 1, 6, "", (address, port)) for address in addresses]

    return resolve


__all__ = [
    "AUTHORIZATION",
    "KEY",
    "SOON",
    "Category",
    "fault_of",
    "get",
    "opened",
    "resolves_to",
    "take_all",
    "wire_to",
]
