"""Serving one request: by passing it on where the provider has the caller's API, by translating it elsewhere."""

from collections.abc import Callable

from portal.domain.catalog import Catalog
from portal.domain.faults import Fault
from portal.domain.selection import Selection
from portal.services.access_tokens.identity import Identity
from portal.services.gateway import targets
from portal.services.gateway.asking import Asked, Caller, Record
from portal.services.gateway.passing import Passing
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store.base import this_database


def catalog(runtime: Runtime, identity: Identity) -> Catalog:
    """The catalog as it was when the token was looked up, or newer: nothing is read when it is known already."""
    known = choosing.known_catalog(runtime)
    return known if known.version == identity.catalog_version else choosing.current_catalog(runtime)


def begin(
    runtime: Runtime,
    caller: Caller,
    asked: Asked,
    chosen: Selection,
    error_frame: Callable[[Fault], bytes],
    has_left: Callable[[], bool] | None = None,
) -> Passing:
    """The request, ready to be sent. Raises `NotFound` for a model that was deleted just now."""
    target = targets.find(runtime, chosen, caller.actor.id, caller.moment)
    record = Record(caller, asked, chosen, runtime.now())
    return Passing(runtime, this_database(), asked, target, record, error_frame, has_left or (lambda: False))
