"""Resolving a provider's endpoint: its address, and the one key that serves a request. The only place keys come out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.dialects.base import Endpoint, Limits, Transport
from portal.dialects.provider_types.shape import API_KEY, KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES, base_url_for
from portal.dialects.provider_types.table import destination as destination_of
from portal.dialects.secret import Secret
from portal.domain.cooldown import PROBE_TIME, READY, Cooldown, longer, order, unblocked_in
from portal.domain.errors import NotFound
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.gates import PERSONAL_KEYS
from portal.domain.health import AGAINST_THE_KEY
from portal.domain.shared_keys import KeyView, key_fault
from portal.services.encryption import master_keys
from portal.services.keys import credentials, shared_keys
from portal.services.keys import headers as provider_headers
from portal.services.runtime import Runtime
from portal.store import model_cooldowns as stored_pauses
from portal.store import personal_keys
from portal.store import provider_headers as stored_headers
from portal.store import providers as stored_providers
from portal.store import shared_keys as stored_keys
from portal.store.base import Session, reading, transaction
from portal.store.catalog import gate_is_on
from portal.store.personal_keys import PersonalKeyRecord
from portal.vault import Purpose, Undecryptable

USE_NOTED_EVERY = timedelta(minutes=1)

ENTER_AGAIN = "The stored key was encrypted for another address. Enter it again."
PASTE_ONE = "The portal sends nothing before it has one."
ENTER_A_KEY = "Enter a key for this provider, or ask an administrator to."
HEADER_AGAIN = "The secret value of the header {} was encrypted for another address. Enter it again."


@dataclass(frozen=True)
class ResolvedEndpoint:
    """An endpoint with its key. `source` is `personal`, `shared`, `environment`, `typed` or `none`; ids are of rows.

    `team_networks` are the private ones that a team's provider may reach, None for a provider of the deployment's.
    `cooldown` is that of a shared key when it was taken: whoever tells how a request ended changes it only from there;
    `model_cooldown` is its pause for the one model that is asked. `refused`: the last that is known of a personal key
    is that it was. `used_at` is when it was last noted that the key served.
    """

    endpoint: Endpoint
    destination: frozenset[str]
    source: str
    key_id: UUID | None = None
    fingerprint: str = ""
    provider_id: UUID | None = None
    provider_name: str = ""
    provider_label: str = ""
    limits: Limits = field(default_factory=Limits)
    cooldown: Cooldown = READY
    model_cooldown: Cooldown = READY
    refused: bool = False
    used_at: datetime | None = None
    team_networks: tuple[str, ...] | None = None

    def way_out(self, runtime: Runtime) -> Transport:
        """What sends to it: for a team's provider one that reaches no private address but those listed for the team."""
        return runtime.wire if self.team_networks is None else runtime.wire.of_team(self.team_networks)


@dataclass(frozen=True)
class StoredEndpoint:
    """A provider's endpoint as it is stored at one moment: nothing of it is decrypted yet.

    Where `personal` is set, the shared keys were not read.
    """

    provider: Any
    type: ProviderType
    keys: Sequence[Any] = ()
    headers: Sequence[Any] = ()
    personal: PersonalKeyRecord | None = None


def candidates(
    runtime: Runtime,
    provider_id: UUID,
    who: UUID | None = None,
    model: str = "",
    first: StoredEndpoint | None = None,
) -> Iterator[ResolvedEndpoint]:
    """The endpoints by which one request may be served, one after the other: ask for the next when a key failed.

    `who` is the person whose request it is: while personal keys are on and theirs exists, it alone serves them, and
    what it is refused costs no shared key anything.

    `model` is the ID of the model that is asked: a key that pauses for it counts as one in cooldown. `first` is what
    was just read of the endpoint, for this person, so that it is not read again before the first of them.

    Keys come in the order of `portal.domain.cooldown.order`. One whose cooldown is over is probed by one request alone;
    of those that still cool down at most one is tried, and none that its provider has blocked until a certain time.
    Without a stored key there is one endpoint: with the environment's key, or none. No transaction is open while the
    caller works.

    Raises `NotFound`, and `UpstreamError`: `need_key` when there is no credential, `rate_limit` with its `retry_after`
    when every key that is left is blocked.
    """
    if first is not None and first.personal is not None:
        own = _opened(runtime, first).with_personal_key(runtime, first.personal)
        first = None
    else:
        own = _personal(runtime, provider_id, who) if who is not None and first is None else None
    if own is not None:
        yield own
        return
    tried: set[UUID] = set()
    tried_cooling_down = False
    while True:
        saved = _read(runtime, provider_id, model) if first is None else _opened(runtime, first)
        first = None
        now = runtime.now()
        keys = [replace(key, cooldown=longer(key.cooldown, saved.paused(key), now)) for key in saved.keys]
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
        if not tried:
            yield saved.without_key(runtime)
        return


def resolve(runtime: Runtime, provider_id: UUID, *, key_id: UUID | None = None, model: str = "") -> ResolvedEndpoint:
    """One endpoint of a saved provider: with `key_id` that key and no other, else the first of those that serve.

    `model` is the ID of the model that is to be asked, whose pause the endpoint then tells.

    It claims nothing and tells nobody: for reading, and for testing one key alone. Raises `NotFound`, and
    `UpstreamError` (`need_key`) when there is no credential: a key is never guessed, and never blank.
    """
    saved = _read(runtime, provider_id, model)
    keys = [key for key in saved.keys if key_id in (None, key.id)]
    if key_id is not None and not keys:
        raise NotFound("This key is gone.")
    for key in order(keys, runtime.now()):
        if saved.opens(runtime, key):
            return saved.with_key(runtime, key, key.cooldown)
    if key_id is not None:
        raise _need_key(ENTER_AGAIN)
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
        secret, source, kind = _without_stored(runtime, type, " ".join(sorted(origins)))
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
    """Remember that a key served just now: to the minute, so that a busy key does not keep the database writing."""
    if is_use_to_be_noted(runtime, resolved):
        with transaction() as session:
            note_use_in(session, runtime, resolved)


def is_use_to_be_noted(runtime: Runtime, resolved: ResolvedEndpoint) -> bool:
    """Whether its key is a stored one of which nothing was noted for a while, as far as was known when it was taken."""
    return resolved.key_id is not None and (
        resolved.used_at is None or resolved.used_at < runtime.now() - USE_NOTED_EVERY
    )


def note_use_in(session: Session, runtime: Runtime, resolved: ResolvedEndpoint) -> None:
    """The same as the last act of a transaction that has more to write; it waits for nobody."""
    if resolved.key_id is not None and is_use_to_be_noted(runtime, resolved):
        stored = personal_keys if resolved.source == credentials.PERSONAL else stored_keys
        now = runtime.now()
        stored.note_use(session, resolved.key_id, now, now - USE_NOTED_EVERY)


@dataclass(frozen=True)
class _Saved:
    """A provider as it is stored now, with the rows of its keys and headers."""

    provider: Any
    type: ProviderType
    rows: Mapping[UUID, Any]
    keys: tuple[KeyView, ...]
    headers: Mapping[str, str | Secret]
    model_cooldowns: Mapping[UUID, Cooldown] = field(default_factory=dict)

    def paused(self, key: KeyView) -> Cooldown:
        """How long the key pauses for the one model that is asked."""
        return self.model_cooldowns.get(key.id, READY)

    def opens(self, runtime: Runtime, key: KeyView) -> Secret | None:
        return shared_keys.opens(runtime, self.rows[key.id], self.provider.destination)

    def with_key(self, runtime: Runtime, key: KeyView, cooldown: Cooldown) -> ResolvedEndpoint:
        secret = self.opens(runtime, key)
        return self._resolved(
            secret,
            credentials.SHARED,
            key.kind,
            key_id=key.id,
            fingerprint=key.fingerprint,
            cooldown=cooldown,
            model_cooldown=self.paused(key),
            used_at=key.last_used_at,
        )

    def with_personal_key(self, runtime: Runtime, row: PersonalKeyRecord) -> ResolvedEndpoint | None:
        """None where it would not open: for another address, or under a master key that is not at hand."""
        destination = self.provider.destination
        if not credentials.would_open(runtime, row, destination):
            return None
        try:
            secret = runtime.vault.decrypt(row.encrypted, personal_purpose(row, destination))
        except Undecryptable:
            return None
        return self._resolved(
            secret,
            credentials.PERSONAL,
            row.kind,
            key_id=row.id,
            fingerprint=row.fingerprint,
            refused=row.tested in AGAINST_THE_KEY,
            used_at=row.last_used_at,
        )

    def without_key(self, runtime: Runtime) -> ResolvedEndpoint:
        missing = ENTER_AGAIN if self.rows else ENTER_A_KEY
        secret, source, kind = _without_stored(
            runtime, self.type, self.provider.destination, missing, self.provider.team_id
        )
        return self._resolved(secret, source, kind, fingerprint=runtime.vault.fingerprint(secret) if secret else "")

    def _resolved(self, secret: Secret | None, source: str, kind: str, **more: Any) -> ResolvedEndpoint:
        provider = self.provider
        address = provider.base_url or base_url_for(self.type, provider.settings)
        return ResolvedEndpoint(
            endpoint=Endpoint(self.type, address, secret, dict(provider.settings), self.headers, kind),
            destination=frozenset(provider.destination.split()),
            source=source,
            provider_id=provider.id,
            provider_name=provider.name,
            provider_label=provider.label,
            limits=Limits(connect=provider.connect_timeout, read=provider.read_timeout, total=provider.read_timeout),
            team_networks=None if provider.private_networks is None else tuple(provider.private_networks),
            **more,
        )


def _read(runtime: Runtime, provider_id: UUID, model: str = "") -> _Saved:
    """Two queries; one more for the types that have headers of their own. Raises `NotFound`."""
    master_keys.ensure(runtime)
    with reading() as session:
        provider = stored_providers.facts_for_an_endpoint(session, provider_id)
        stored = stored_of(session, provider, model)
    return _opened(runtime, stored)


def stored_of(session: Session, provider: Any, model: str = "", who: UUID | None = None) -> StoredEndpoint:
    """What is stored beside these facts of a provider, None for one that is gone. Raises `NotFound`.

    `who` is the person whose own key is to serve, if it is still there.
    """
    type = TYPES.get(provider.type) if provider is not None else None
    if provider is None or type is None:
        raise NotFound("This provider is gone.")
    personal = personal_keys.find(session, who, provider.id) if who is not None else None
    headers = stored_headers.of_provider(session, provider.id) if type.extra_headers else []
    keys = stored_pauses.keys_of_provider(session, provider.id, model) if personal is None else []
    return StoredEndpoint(provider, type, keys, headers, personal)


def _opened(runtime: Runtime, stored: StoredEndpoint) -> _Saved:
    """The same with its headers in plain. Raises `UpstreamError` (`need_key`) where one would not open."""
    provider, type = stored.provider, stored.type
    keys = tuple(shared_keys.view(row) for row in stored.keys) if type.key is not KeyRule.NONE else ()
    sent: dict[str, str | Secret] = {}
    for header in stored.headers:
        value = provider_headers.value_of(runtime, header, provider.destination)
        if value is None:
            raise _need_key(HEADER_AGAIN.format(header.name))
        sent[header.name] = value
    paused = {row.id: pause for row in stored.keys if (pause := stored_pauses.pause_of(row)) is not None}
    return _Saved(provider, type, {row.id: row for row in stored.keys}, keys, sent, paused)


def _personal(runtime: Runtime, provider_id: UUID, who: UUID) -> ResolvedEndpoint | None:
    """The endpoint with this person's own key; None while the gate is off, and where they have none that would open."""
    with reading() as session:
        if not gate_is_on(session, PERSONAL_KEYS):
            return None
        row = personal_keys.find(session, who, provider_id)
    if row is None:
        return None
    saved = _read(runtime, provider_id)
    return saved.with_personal_key(runtime, row)


def resolve_personal(runtime: Runtime, provider_id: UUID, who: UUID) -> ResolvedEndpoint:
    """The endpoint with this person's own key, whatever the gate says: for testing it. Raises as `resolve` does."""
    with reading() as session:
        row = personal_keys.find(session, who, provider_id)
    resolved = _read(runtime, provider_id).with_personal_key(runtime, row) if row is not None else None
    if resolved is None:
        raise _need_key(ENTER_AGAIN if row is not None else ENTER_A_KEY)
    return resolved


def personal_purpose(row: PersonalKeyRecord, destination: str) -> Purpose:
    """What a personal key is encrypted for: its row, its provider, its person and one destination."""
    return Purpose(row.id, row.provider_id, str(row.user_id), destination)


def _claim(runtime: Runtime, key: KeyView) -> Cooldown | None:
    """Take a key whose cooldown is over, for this request alone to probe; None when another one has it already."""
    probe = replace(key.cooldown, until=runtime.now() + PROBE_TIME, retry_at=None)
    with transaction() as session:
        return probe if stored_keys.change_cooldown(session, key.id, key.cooldown, probe) else None


def _without_stored(
    runtime: Runtime, type: ProviderType, destination: str, missing: str = PASTE_ONE, team_id: UUID | None = None
) -> tuple[Secret | None, str, str]:
    """The environment's credential and its kind, else none where none is needed; `missing` is the hint when it is."""
    found = credentials.fallback(runtime, type, destination, team_id)
    if found:
        for variable in found.variables:
            if key_fault(runtime.variable(variable)):
                raise _need_key(f"The variable {variable} on the server holds something that cannot be a key.")
        return found.secret, credentials.ENVIRONMENT, found.kind
    if type.key is KeyRule.REQUIRED:
        raise _need_key(missing)
    return None, credentials.NONE, API_KEY.name


def _need_key(hint: str) -> UpstreamError:
    return UpstreamError(Fault(Category.NEED_KEY, hint=hint))


def _throttled(seconds: float) -> Fault:
    wait = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    return Fault(Category.RATE_LIMIT, hint=f"It said to come back in {wait}. Try again then.", retry_after=seconds)
