"""A provider's endpoint as it is stored: its address, its keys and headers. The only place keys come out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.dialects.base import Endpoint, Limits, Transport
from portal.dialects.provider_types.shape import API_KEY, KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES, base_url_for
from portal.dialects.secret import Secret
from portal.domain.cooldown import READY, Cooldown
from portal.domain.errors import NotFound
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.health import AGAINST_THE_KEY
from portal.domain.shared_keys import KeyView, key_fault
from portal.domain.who_asked import Asker, Headers, written
from portal.services.encryption import master_keys
from portal.services.keys import credentials, shared_keys
from portal.services.keys import headers as provider_headers
from portal.services.runtime import Runtime
from portal.services.upstream.introduced import Introduced
from portal.store import model_cooldowns as stored_pauses
from portal.store import personal_keys
from portal.store import provider_headers as stored_headers
from portal.store import providers as stored_providers
from portal.store.base import Session, reading
from portal.store.personal_keys import PersonalKeyRecord
from portal.vault import Purpose, Undecryptable

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
    is that it was. `used_at` is when it was last noted that the key served. `who_asked` are the headers in which the
    provider is told of the person whose request it is.
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
    who_asked: Headers = field(default_factory=dict)

    def way_out(self, runtime: Runtime, asker: Asker | None = None) -> Transport:
        """What sends to it: for a team's provider one that reaches no private address but those listed for the team.

        With the `asker` whose request it carries, it tells the provider of them, if that was asked for.
        """
        wire = runtime.wire if self.team_networks is None else runtime.wire.of_team(self.team_networks)
        return Introduced(wire, written(self.who_asked, asker)) if asker and self.who_asked else wire


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


@dataclass(frozen=True)
class SavedEndpoint:
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
        secret, source, kind = without_stored(
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
            who_asked=dict(provider.who_asked),
            team_networks=None if provider.private_networks is None else tuple(provider.private_networks),
            **more,
        )


def read(runtime: Runtime, provider_id: UUID, model: str = "") -> SavedEndpoint:
    """Two queries; one more for the types that have headers of their own. Raises `NotFound`."""
    master_keys.ensure(runtime)
    with reading() as session:
        provider = stored_providers.facts_for_an_endpoint(session, provider_id)
        stored = stored_of(session, provider, model)
    return opened(runtime, stored)


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


def opened(runtime: Runtime, stored: StoredEndpoint) -> SavedEndpoint:
    """The same with its headers in plain. Raises `UpstreamError` (`need_key`) where one would not open."""
    provider, type = stored.provider, stored.type
    keys = tuple(shared_keys.view(row) for row in stored.keys) if type.key is not KeyRule.NONE else ()
    sent: dict[str, str | Secret] = {}
    for header in stored.headers:
        value = provider_headers.value_of(runtime, header, provider.destination)
        if value is None:
            raise need_key(HEADER_AGAIN.format(header.name))
        sent[header.name] = value
    paused = {row.id: pause for row in stored.keys if (pause := stored_pauses.pause_of(row)) is not None}
    return SavedEndpoint(provider, type, {row.id: row for row in stored.keys}, keys, sent, paused)


def personal_purpose(row: PersonalKeyRecord, destination: str) -> Purpose:
    """What a personal key is encrypted for: its row, its provider, its person and one destination."""
    return Purpose(row.id, row.provider_id, str(row.user_id), destination)


def without_stored(
    runtime: Runtime, type: ProviderType, destination: str, missing: str = PASTE_ONE, team_id: UUID | None = None
) -> tuple[Secret | None, str, str]:
    """The environment's credential and its kind, else none where none is needed; `missing` is the hint when it is."""
    found = credentials.fallback(runtime, type, destination, team_id)
    if found:
        for variable in found.variables:
            if key_fault(runtime.variable(variable)):
                raise need_key(f"The variable {variable} on the server holds something that cannot be a key.")
        return found.secret, credentials.ENVIRONMENT, found.kind
    if type.key is KeyRule.REQUIRED:
        raise need_key(missing)
    return None, credentials.NONE, API_KEY.name


def need_key(hint: str) -> UpstreamError:
    return UpstreamError(Fault(Category.NEED_KEY, hint=hint))
