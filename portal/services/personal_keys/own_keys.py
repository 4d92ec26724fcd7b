"""One's own keys: saved, replaced and removed. They go in, they serve their owner, and nobody sees them again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.domain.catalog_entries import ProviderEntry
from portal.domain.errors import Denied, NotFound
from portal.domain.gates import PERSONAL_KEYS
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.personal_keys import SWITCHED_OFF
from portal.services.audit import trail as audit_trail
from portal.services.encryption import master_keys
from portal.services.keys import credentials, stored_endpoints
from portal.services.keys import pools as key_pools
from portal.services.keys.pools import Pasted
from portal.services.personal_keys.reach import models_within_reach, takes_key
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog
from portal.store import personal_keys as store
from portal.store import providers as stored_providers
from portal.store.base import Session, reading, transaction
from portal.store.catalog import gate_is_on, lock_catalog
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.providers import ProviderRecord

NOT_HERE = "There is no provider of that name for which you could save a key."
NO_KEY = "You have no key saved for a provider of that name."


@dataclass(frozen=True)
class Kept:
    """What became of a key: whose it is for, its fingerprint, and what is to be said about how it was typed.

    `changed` is False where the field was left blank, so that the stored key stays.
    """

    label: str
    fingerprint: str
    remarks: tuple[str, ...] = ()
    changed: bool = True


def type_of(actor: Actor, runtime: Runtime, name: str) -> ProviderType:
    """What kind of keys a provider takes. Raises `NotFound` for one that serves this person nothing."""
    return TYPES[offered(actor, runtime, name).type]


def offered(actor: Actor, runtime: Runtime, name: str) -> ProviderEntry:
    """The provider of that name, for which this person may save and test a key now.

    Raises `Denied` while the gate is off, and `NotFound` for a provider that takes no key or serves them nothing.
    """
    require(actor)
    catalog = current_catalog(runtime)
    if not catalog.gates.personal_keys:
        raise Denied(SWITCHED_OFF)
    for provider_id in models_within_reach(actor, catalog):
        provider = catalog.providers[provider_id]
        if provider.name == name and takes_key(provider):
            return provider
    raise NotFound(NOT_HERE)


def save(actor: Actor, runtime: Runtime, name: str, pasted: Pasted) -> Kept:
    """Encrypt a key for the provider's address of now, in the place of the one that is there.

    Blank keeps the key that is there, if it is of use. Raises `Invalid` by the names of form fields.
    """
    user_id, wanted = require(actor), offered(actor, runtime, name)
    with transaction() as session:
        lock_catalog(session)
        _require_gate(session)
        provider = stored_providers.lock(session, name)
        if provider is None or provider.id != wanted.id:
            raise NotFound(NOT_HERE)
        old = store.find(session, user_id, provider.id, lock=True)
        if old and not any(pasted.parts.values()) and credentials.would_open(runtime, old, provider.destination):
            return Kept(provider.label, old.fingerprint, changed=False)
        typed = key_pools.read_pasted(provider, pasted)
        before = facts(old) if old else None
        if old:
            session.delete(old)
            session.flush()
        record = _encrypted(session, runtime, user_id, provider, Secret(typed.text), typed.kind)
        session.add(record)
        session.flush()
        store.read_removal(session, user_id, provider.id)
        verb = "personal_key.replace" if before else "personal_key.add"
        _tell(session, runtime, actor, verb, provider, record.id, before, facts(record))
        return Kept(provider.label, record.fingerprint, key_pools.remarks(typed))


def remove(actor: Actor, runtime: Runtime, name: str) -> Kept:
    """Delete one's own key for good, also while personal keys are off. Raises `NotFound` when there is none."""
    user_id = require(actor)
    with transaction() as session:
        lock_catalog(session)
        provider = stored_providers.find(session, name)
        record = store.find(session, user_id, provider.id, lock=True) if provider else None
        if provider is None or record is None:
            raise NotFound(NO_KEY)
        gone = Kept(provider.label, record.fingerprint)
        _tell(session, runtime, actor, "personal_key.remove", provider, record.id, facts(record), None)
        session.delete(record)
        return gone


def read_removal(actor: Actor, runtime: Runtime, provider_id: UUID) -> None:
    """The person was told that somebody removed their key for this provider. Raises `NotFound` when nobody did."""
    user_id = require(actor)
    with transaction() as session:
        if not store.read_removal(session, user_id, provider_id):
            raise NotFound("There is nothing to be told here any more.")


def must_exist(actor: Actor, provider_id: UUID) -> None:
    """Raises `NotFound` unless this person has a key for the provider."""
    user_id = require(actor)
    with reading() as session:
        if store.find(session, user_id, provider_id) is None:
            raise NotFound(NO_KEY)


def facts(record: PersonalKeyRecord) -> dict[str, Any]:
    """What the audit trail may know of a key."""
    return {
        "provider_id": record.provider_id,
        "fingerprint": record.fingerprint,
        "destination": record.destination,
    }


def require(actor: Actor) -> UUID:
    """The person who asks. Raises `Denied` unless they may have keys of their own."""
    if actor.id is None or not actor.may(Permission.PERSONAL_KEY):
        raise Denied("Your roles do not let you keep keys of your own. Ask an administrator for the permission.")
    return actor.id


def _require_gate(session: Session) -> None:
    """Once more inside the transaction: a gate that closed a moment ago is closed."""
    if not gate_is_on(session, PERSONAL_KEYS):
        raise Denied(SWITCHED_OFF)


def _encrypted(
    session: Session, runtime: Runtime, user_id: UUID, provider: ProviderRecord, secret: Secret, kind: str
) -> PersonalKeyRecord:
    """Behind the catalog's lock: a retiring master key waits for that lock too."""
    master_keys.unlock(session, runtime)
    record = PersonalKeyRecord(
        id=uuid4(),
        user_id=user_id,
        provider_id=provider.id,
        kind=kind,
        destination=provider.destination,
        fingerprint=runtime.vault.fingerprint(secret),
        created_at=runtime.now(),
    )
    encrypted = runtime.vault.encrypt(secret, stored_endpoints.personal_purpose(record, provider.destination))
    record.encrypted, record.master_key_id = encrypted.text, encrypted.master_key_id
    return record


def _tell(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    verb: str,
    provider: ProviderRecord,
    key_id: UUID,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    audit_trail.record(session, runtime, actor, verb, "personal_key", key_id, provider.name, before, after)
