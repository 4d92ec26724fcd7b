"""Resolving a provider's endpoint: which of its keys serves a request, one after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from portal.dialects.base import Endpoint
from portal.dialects.provider_types.shape import API_KEY, KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES, base_url_for
from portal.dialects.provider_types.table import destination as destination_of
from portal.dialects.secret import Secret
from portal.domain.cooldown import PROBE_TIME, Cooldown, longer, order, unblocked_in
from portal.domain.errors import NotFound
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.gates import PERSONAL_KEYS
from portal.domain.shared_keys import KeyView
from portal.services import last_used
from portal.services.encryption import master_keys
from portal.services.keys import credentials
from portal.services.keys.stored_endpoints import (
    ENTER_A_KEY,
    ENTER_AGAIN,
    ResolvedEndpoint,
    StoredEndpoint,
    need_key,
    opened,
    read,
    without_stored,
)
from portal.services.last_used import Used
from portal.services.runtime import Runtime
from portal.store import personal_keys
from portal.store import shared_keys as stored_keys
from portal.store.base import reading, transaction
from portal.store.catalog import endpoints_changed, gate_is_on


def candidates(
    runtime: Runtime,
    provider_id: UUID,
    who: UUID | None = None,
    model: str = "",
    first: StoredEndpoint | None = None,
    *,
    only: UUID | None = None,
) -> Iterator[ResolvedEndpoint]:
    """The endpoints by which one request may be served, one after the other: ask for the next when a key failed.

    `who` is the person whose request it is: while personal keys are on and theirs exists, it alone serves them, and
    what it is refused costs no shared key anything.

    `model` is the ID of the model that is asked: a key that pauses for it counts as one in cooldown. `first` is what
    was just read of the endpoint, for this person, so that it is not read again before the first of them. `only` that
    shared key may serve, if there still is one.

    Keys come in the order of `portal.domain.cooldown.order`. One whose cooldown is over is probed by one request alone;
    of those that still cool down at most one is tried, and none that its provider has blocked until a certain time.
    Without a stored key there is one endpoint: with the environment's key, or none. No transaction is open while the
    caller works.

    Raises `NotFound`, and `UpstreamError`: `need_key` when there is no credential, `rate_limit` with its `retry_after`
    when every key that is left is blocked.
    """
    if first is not None and first.personal is not None:
        own = opened(runtime, first).with_personal_key(runtime, first.personal)
        first = None
    else:
        own = _personal(runtime, provider_id, who) if who is not None and first is None else None
    if own is not None:
        yield own
        return
    tried: set[UUID] = set()
    tried_cooling_down = False
    while True:
        saved = read(runtime, provider_id, model) if first is None else opened(runtime, first)
        first = None
        now = runtime.now()
        keys = [
            replace(key, cooldown=longer(key.cooldown, saved.paused(key), now))
            for key in saved.keys
            if only in (None, key.id)
        ]
        left = [key for key in order(keys, now) if key.id not in tried and saved.opens(runtime, key)]
        taken: tuple[KeyView, Cooldown] | None = None
        for key in left:
            cooldown = (
                None
                if key.cooldown.is_cooling_down(now)
                else key.cooldown
                if key.cooldown.is_ready(now)
                else _claim(runtime, key)
            )
            if cooldown is not None:
                taken = key, cooldown
                break
        else:
            soonest = next((key for key in left if not key.cooldown.is_blocked(now)), None)
            if soonest is not None and not tried_cooling_down:
                its_own = next(key.cooldown for key in saved.keys if key.id == soonest.id)
                tried_cooling_down, taken = True, (soonest, its_own)
        if taken is not None:
            tried.add(taken[0].id)
            yield saved.with_key(runtime, *taken)
            continue
        if (seconds := unblocked_in(left, now)) is not None:
            raise UpstreamError(_throttled(seconds))
        if not tried and only is None:
            yield saved.without_key(runtime)
        return


def resolve(runtime: Runtime, provider_id: UUID, *, key_id: UUID | None = None, model: str = "") -> ResolvedEndpoint:
    """One endpoint of a saved provider: with `key_id` that key and no other, else the first of those that serve.

    `model` is the ID of the model that is to be asked, whose pause the endpoint then tells.

    It claims nothing and tells nobody: for reading, and for testing one key alone. Raises `NotFound`, and
    `UpstreamError` (`need_key`) when there is no credential: a key is never guessed, and never blank.
    """
    saved = read(runtime, provider_id, model)
    keys = [key for key in saved.keys if key_id in (None, key.id)]
    if key_id is not None and not keys:
        raise NotFound("This key is gone.")
    for key in order(keys, runtime.now()):
        if saved.opens(runtime, key):
            return saved.with_key(runtime, key, key.cooldown)
    if key_id is not None:
        raise need_key(ENTER_AGAIN)
    return saved.without_key(runtime)


def resolve_typed(
    runtime: Runtime,
    type: ProviderType | str,
    base_url: str,
    settings: Mapping[str, str],
    secret: Secret | None,
    headers: Mapping[str, str | Secret] | None = None,
    kind: str = API_KEY.name,
) -> ResolvedEndpoint:
    """The endpoint of a form that is not saved: with the key typed into it, else the environment's, else none.

    `kind` names the shape of `secret`. Raises `UpstreamError` (`need_key`).
    """
    type = TYPES[type] if isinstance(type, str) else type
    master_keys.ensure(runtime)
    origins = destination_of(type, base_url, settings)
    source = "typed"
    if type.key is KeyRule.NONE:
        secret, source = None, credentials.NONE
    elif not secret:
        secret, source, kind = without_stored(runtime, type, " ".join(sorted(origins)))
    return ResolvedEndpoint(
        endpoint=Endpoint(
            type,
            base_url or base_url_for(type, settings),
            secret,
            dict(settings),
            dict(headers or {}),
            kind,
        ),
        destination=origins,
        source=source,
        fingerprint=runtime.vault.fingerprint(secret) if secret else "",
        provider_label=type.label,
    )


def note_use(runtime: Runtime, resolved: ResolvedEndpoint) -> None:
    """Remember that a stored key served just now: to the minute, with all others of which it is remembered."""
    now = runtime.now()
    if resolved.key_id is not None and last_used.is_due(resolved.used_at, now):
        kind = Used.PERSONAL_KEY if resolved.source == credentials.PERSONAL else Used.SHARED_KEY
        last_used.here().note(kind, resolved.key_id, now)


def _personal(runtime: Runtime, provider_id: UUID, who: UUID) -> ResolvedEndpoint | None:
    """The endpoint with this person's own key; None while the gate is off, and where they have none that would open."""
    with reading() as session:
        if not gate_is_on(session, PERSONAL_KEYS):
            return None
        row = personal_keys.find(session, who, provider_id)
    if row is None:
        return None
    saved = read(runtime, provider_id)
    return saved.with_personal_key(runtime, row)


def resolve_personal(runtime: Runtime, provider_id: UUID, who: UUID) -> ResolvedEndpoint:
    """The endpoint with this person's own key, whatever the gate says: for testing it. Raises as `resolve` does."""
    with reading() as session:
        row = personal_keys.find(session, who, provider_id)
    resolved = read(runtime, provider_id).with_personal_key(runtime, row) if row is not None else None
    if resolved is None:
        raise need_key(ENTER_AGAIN if row is not None else ENTER_A_KEY)
    return resolved


def _claim(runtime: Runtime, key: KeyView) -> Cooldown | None:
    """Take a key whose cooldown is over, for this request alone to probe; None when another one has it already."""
    probe = replace(key.cooldown, until=runtime.now() + PROBE_TIME, retry_at=None)
    with transaction() as session:
        endpoints_changed(session)
        return probe if stored_keys.change_cooldown(session, key.id, key.cooldown, probe) else None


def _throttled(seconds: float) -> Fault:
    wait = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    return Fault(Category.RATE_LIMIT, hint=f"It said to come back in {wait}. Try again then.", retry_after=seconds)
