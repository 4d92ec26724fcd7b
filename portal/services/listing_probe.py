"""Looking at a provider for free: its list of models is asked for, and nothing is generated."""

import time

from portal.dialects import DIALECTS
from portal.dialects.base import Carrier, Door, Limits
from portal.dialects.faults import advise, request_id
from portal.domain.faults import UpstreamError
from portal.services.upstream import Verdict


def probe_listing(carrier: Carrier, door: Door, destination: frozenset[str], limits: Limits) -> Verdict | None:
    """Ask for the listing's first page and read it. Never raises `UpstreamError`; None where there is no listing."""
    dialect = DIALECTS[door.type.dialect]
    try:
        call = dialect.list_models(door)
    except UpstreamError as error:
        return Verdict("not_testable", advise(door, error.fault))
    if call is None:
        return None
    started = time.monotonic()
    try:
        reply = carrier.send(call, destination, limits)
        dialect.read_models(door, call, reply)
    except UpstreamError as error:
        fault = advise(door, error.fault)
        took = round((time.monotonic() - started) * 1000)
        return Verdict("failed", fault, fault.status, took, "", fault.request_id, call.url)
    return Verdict("ok", None, reply.status, reply.elapsed_ms, "", request_id(reply.headers), call.url)


def proves_key(door: Door) -> bool:
    """Whether a listing that comes shows that the key is right; without a key there is nothing to prove."""
    return not door.secret or door.type.listing_proves_key
