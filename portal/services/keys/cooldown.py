"""What a request tells about its key: a refused or throttled one cools down for all processes until a good answer."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import structlog

from portal.domain.cooldown import READY, after, is_of_one_model, is_the_keys_fault, proves_the_key
from portal.domain.errors import NotFound
from portal.domain.faults import Fault, UpstreamError
from portal.services.keys import credentials, endpoints
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime
from portal.store import model_cooldowns
from portal.store import shared_keys as store
from portal.store.base import transaction
from portal.store.catalog import endpoints_changed

Found = TypeVar("Found")

log = structlog.get_logger("portal.cooldown")


def note(
    runtime: Runtime, resolved: ResolvedEndpoint, fault: Fault | None, *, listing: bool = False, model: str = ""
) -> bool:
    """Remember how a request with this key ended; `fault` is None for an answer, or as soon as one begins.

    `model` is the ID of the model that was asked: a refusal that speaks of it alone pauses the key for it alone.

    True when the fault is the key's own and the key a shared one: the next of its pool may do better. It writes only
    when that changes the key's cooldown, and many requests that fail at once count as one failure. `listing`: the
    request asked for the list of models.
    """
    if resolved.key_id is None or resolved.source != credentials.SHARED:
        return False
    if fault is None and resolved.model_cooldown != READY:
        with transaction() as session:
            model_cooldowns.clear(session, resolved.key_id, model)
            endpoints_changed(session)
    if fault is not None and not listing and is_of_one_model(fault, model):
        paused = after(fault, resolved.model_cooldown, runtime.now())
        with transaction() as session:
            model_cooldowns.put(session, resolved.key_id, model, paused)
            endpoints_changed(session)
        log.warning("model_cooling_down", model=model, category=paused.category, **_names(resolved))
        return True
    if fault is not None and is_the_keys_fault(fault, listing=listing):
        cooldown = after(fault, resolved.cooldown, runtime.now())
        with transaction() as session:
            changed = store.change_cooldown(session, resolved.key_id, resolved.cooldown, cooldown)
            endpoints_changed(session)
        if changed:
            log.warning("key_cooling_down", category=cooldown.category, until=str(cooldown.until), **_names(resolved))
        return True
    if resolved.cooldown != READY and proves_the_key(fault):
        with transaction() as session:
            changed = store.change_cooldown(session, resolved.key_id, resolved.cooldown, READY)
            endpoints_changed(session)
        if changed:
            log.info("key_ready", **_names(resolved))
    return False


def through(
    runtime: Runtime,
    provider_id: UUID,
    call: Callable[[ResolvedEndpoint], tuple[Found, Fault | None]],
    *,
    proves: bool = True,
    listing: bool = False,
    model: str = "",
) -> tuple[ResolvedEndpoint, Found]:
    """Ask with one key of the pool after the other, until one answers or fails by more than its own fault.

    `model` is the ID of the model that is asked; `listing`: the list of models is asked for. `proves` is False for a
    request that any key would do for: its success ends no cooldown. Returns the last endpoint with what was found
    there. Raises as `endpoints.candidates` does when nothing was sent.
    """
    last: tuple[ResolvedEndpoint, Found] | None = None
    try:
        for resolved in endpoints.candidates(runtime, provider_id, model=model):
            found, fault = call(resolved)
            last = resolved, found
            if (fault is None and not proves) or not note(runtime, resolved, fault, listing=listing, model=model):
                break
    except UpstreamError:
        if last is None:
            raise
    if last is None:
        raise NotFound
    return last


def _names(resolved: ResolvedEndpoint) -> dict[str, str]:
    return {"provider": resolved.provider_name, "fingerprint": resolved.fingerprint, "key": str(resolved.key_id)}
