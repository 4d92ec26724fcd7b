"""Checking a provider for free: its list of models is asked for, then its key if need be; nothing is generated."""

import time

from portal.dialects import DIALECTS
from portal.dialects.base import Endpoint, Limits, Transport, UpstreamRequest
from portal.dialects.faults.refusals import advise, answered, request_id
from portal.dialects.writing import headers_of, url_of
from portal.domain.faults import UpstreamError
from portal.services.upstream.deadlines import Deadline
from portal.services.upstream.probing import ProbeResult
from portal.services.upstream.redaction import LastLook


def probe_listing(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], limits: Limits
) -> ProbeResult | None:
    """Ask for the listing's first page and read it. Never raises `UpstreamError`; None where there is no listing.

    Where everybody is shown the listing, and the type has a question that only a right key may ask, that comes next.
    """
    return LastLook(endpoint).at(_found(transport, endpoint, destination, limits))


def _found(transport: Transport, endpoint: Endpoint, destination: frozenset[str], limits: Limits) -> ProbeResult | None:
    dialect = DIALECTS[endpoint.type.dialect]
    try:
        request = dialect.list_models(endpoint)
    except UpstreamError as error:
        return ProbeResult("not_testable", advise(endpoint, error.fault))
    if request is None:
        return None
    started, deadline = time.monotonic(), Deadline(limits)
    try:
        response = transport.send(request, destination, deadline.left())
        dialect.read_models(endpoint, request, response)
        took = response.elapsed_ms
        about_key = _about_key(endpoint)
        if about_key is not None:
            request = about_key
            response = transport.send(request, destination, deadline.left())
            answered(endpoint, response)
            took += response.elapsed_ms
    except UpstreamError as error:
        fault = advise(endpoint, error.fault)
        took = round((time.monotonic() - started) * 1000)
        return ProbeResult("failed", fault, fault.status, took, "", fault.request_id, request.url)
    return ProbeResult("ok", None, response.status, took, "", request_id(response.headers), request.url)


def proves_key(endpoint: Endpoint) -> bool:
    """Whether a check by listing that succeeds shows that the key is right; without a key there is nothing to prove."""
    return not endpoint.secret or endpoint.type.check_proves_key


def _about_key(endpoint: Endpoint) -> UpstreamRequest | None:
    """The question that only a right key may ask; None where there is none, or no key."""
    if not endpoint.secret or not endpoint.type.key_path:
        return None
    return UpstreamRequest("GET", url_of(endpoint, endpoint.type.key_path), headers_of(endpoint, body=False))
