"""Looking at a provider for free: its list of models is asked for, then its key if need be; nothing is generated."""

import time

from portal.dialects import DIALECTS
from portal.dialects.base import Call, Carrier, Door, Limits
from portal.dialects.faults.refusals import advise, answered, request_id
from portal.dialects.writing import headers_of, url_of
from portal.domain.faults import UpstreamError
from portal.services.upstream.calls import Deadline, Verdict


def probe_listing(carrier: Carrier, door: Door, destination: frozenset[str], limits: Limits) -> Verdict | None:
    """Ask for the listing's first page and read it. Never raises `UpstreamError`; None where there is no listing.

    Where everybody is shown the listing, and the type has a question that only a right key may ask, that comes next.
    """
    dialect = DIALECTS[door.type.dialect]
    try:
        call = dialect.list_models(door)
    except UpstreamError as error:
        return Verdict("not_testable", advise(door, error.fault))
    if call is None:
        return None
    started, deadline = time.monotonic(), Deadline(limits)
    try:
        reply = carrier.send(call, destination, deadline.left())
        dialect.read_models(door, call, reply)
        took = reply.elapsed_ms
        about_key = _about_key(door)
        if about_key is not None:
            call = about_key
            reply = carrier.send(call, destination, deadline.left())
            answered(door, reply)
            took += reply.elapsed_ms
    except UpstreamError as error:
        fault = advise(door, error.fault)
        took = round((time.monotonic() - started) * 1000)
        return Verdict("failed", fault, fault.status, took, "", fault.request_id, call.url)
    return Verdict("ok", None, reply.status, took, "", request_id(reply.headers), call.url)


def proves_key(door: Door) -> bool:
    """Whether a check by listing that succeeds shows that the key is right; without a key there is nothing to prove."""
    return not door.secret or door.type.check_proves_key


def _about_key(door: Door) -> Call | None:
    """The question that only a right key may ask; None where there is none, or no key."""
    if not door.secret or not door.type.key_path:
        return None
    return Call("GET", url_of(door, door.type.key_path), headers_of(door, body=False))
