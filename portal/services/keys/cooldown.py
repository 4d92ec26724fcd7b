"""What a call tells about its key: a refused or throttled one rests for all processes, and a good answer wakes it."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import structlog

from portal.domain.cooldown import AWAKE, after, is_the_keys_fault, proves_the_key
from portal.domain.errors import NotFound
from portal.domain.faults import Fault, UpstreamError
from portal.services.keys import credentials, endpoints
from portal.services.keys.endpoints import Opened
from portal.services.runtime import Tools
from portal.store import shared_keys as store
from portal.store.base import transaction

Found = TypeVar("Found")

log = structlog.get_logger("portal.resting")


def note(tools: Tools, opened: Opened, fault: Fault | None, *, listing: bool = False) -> bool:
    """Remember how a call with this key ended; `fault` is None for an answer, or as soon as one begins.

    True when the fault is the key's own and the key a shared one: the next of its pool may do better. It writes only
    when that changes how the key stands, and many calls that fail at once count as one failure. `listing`: the call
    asked for the list of models.
    """
    if opened.key_id is None or opened.source != credentials.SHARED:
        return False
    if fault is not None and is_the_keys_fault(fault, listing=listing):
        rest = after(fault, opened.rest, tools.now())
        with transaction() as session:
            changed = store.change_rest(session, opened.key_id, opened.rest, rest)
        if changed:
            log.warning("key_rests", category=rest.category, until=str(rest.until), **_names(opened))
        return True
    if opened.rest != AWAKE and proves_the_key(fault):
        with transaction() as session:
            changed = store.change_rest(session, opened.key_id, opened.rest, AWAKE)
        if changed:
            log.info("key_wakes", **_names(opened))
    return False


def through(
    tools: Tools,
    provider_id: UUID,
    call: Callable[[Opened], tuple[Found, Fault | None]],
    *,
    proves: bool = True,
    listing: bool = False,
) -> tuple[Opened, Found]:
    """Call with one key of the pool after the other, until one answers or fails by more than its own fault.

    `listing`: the call asks for the list of models. `proves` is False for one that any key would do for: its success
    wakes nobody. Returns the last door with what the call found there. Raises as `doors.serving` does when nothing was
    called.
    """
    last: tuple[Opened, Found] | None = None
    try:
        for opened in endpoints.serving(tools, provider_id):
            found, fault = call(opened)
            last = opened, found
            if (fault is None and not proves) or not note(tools, opened, fault, listing=listing):
                break
    except UpstreamError:
        if last is None:
            raise
    if last is None:
        raise NotFound
    return last


def _names(opened: Opened) -> dict[str, str]:
    return {"provider": opened.provider_name, "fingerprint": opened.fingerprint, "key": str(opened.key_id)}
