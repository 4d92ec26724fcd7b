"""A provider's shared keys as a pool: added, put first, rotated and deleted by people, one transaction each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from portal.dialects.input.typed_keys import TypedKey, field_name, kind_of, read_typed_key
from portal.dialects.provider_types.shape import KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES, is_own
from portal.dialects.secret import Secret
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.shared_keys import KeyView
from portal.services.audit import trail as audit_trail
from portal.services.keys import shared_keys
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store import shared_keys as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord


@dataclass(frozen=True)
class Pasted:
    """A key as it came out of a form: the name of its kind, and its parts by the names of that kind's fields."""

    kind: str
    parts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Kept:
    """What became of a key, whose it is, and what is to be said about how it was typed."""

    label: str
    key: KeyView
    remarks: tuple[str, ...] = ()


def type_of(actor: Actor, name: str) -> ProviderType:
    """What kind of keys such a provider takes."""
    actor.require(Permission.PROVIDER_EDIT)
    with reading() as session:
        provider = stored_providers.find(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        return TYPES[provider.type]


def add_key(actor: Actor, runtime: Runtime, name: str, pasted: Pasted, replaces: UUID | None = None) -> Kept:
    """Store a further key behind the others; `replaces` begins the rotation of that key."""
    actor.require(Permission.PROVIDER_EDIT)
    with transaction() as session:
        lock_catalog(session)
        provider = _locked(session, name)
        if replaces is not None:
            shared_keys.found(store.lock_of_provider(session, provider.id), replaces)
        typed = read_pasted(provider, pasted)
        key = shared_keys.add(session, runtime, actor, provider, Secret(typed.text), typed.kind, replaces)
        return Kept(provider.label, key, remarks(typed))


def replace_key(actor: Actor, runtime: Runtime, name: str, key_id: UUID | None, pasted: Pasted) -> Kept:
    """Store a key in the place of this one, or of the first; the old one is deleted."""
    actor.require(Permission.PROVIDER_EDIT)
    with transaction() as session:
        lock_catalog(session)
        provider = _locked(session, name)
        typed = read_pasted(provider, pasted)
        key = shared_keys.replace(session, runtime, actor, provider, Secret(typed.text), typed.kind, key_id)
        return Kept(provider.label, key, remarks(typed))


def make_first(actor: Actor, runtime: Runtime, name: str, key_id: UUID) -> Kept:
    """Let this key serve before all others."""
    return _move(actor, runtime, name, key_id, None)


def take_place(actor: Actor, runtime: Runtime, name: str, key_id: UUID, before: UUID) -> Kept:
    """Let this key serve just before another one."""
    return _move(actor, runtime, name, key_id, before)


def delete_key(actor: Actor, runtime: Runtime, name: str, key_id: UUID) -> Kept:
    """Delete a key, the last one too; then the environment's serves, or nobody is served.

    What was encrypted is gone for good; the fingerprint stays on record, as a tombstone.
    """
    actor.require(Permission.PROVIDER_DELETE)
    return _delete(actor, runtime, name, key_id, only_spare=False)


def delete_spare_key(actor: Actor, runtime: Runtime, name: str, key_id: UUID) -> Kept:
    """Delete a key after which another one serves, as the last step of a rotation does; changing suffices for that.

    Raises `Conflict` when it is the only key that serves, also when that became so just now.
    """
    actor.require(Permission.PROVIDER_EDIT)
    return _delete(actor, runtime, name, key_id, only_spare=True)


def _delete(actor: Actor, runtime: Runtime, name: str, key_id: UUID, *, only_spare: bool) -> Kept:
    with transaction() as session:
        lock_catalog(session)
        provider = _locked(session, name)
        keys = store.lock_of_provider(session, provider.id)
        record = shared_keys.found(keys, key_id)
        others = [key for key in keys if key is not record]
        serves = shared_keys.opens(runtime, record, provider.destination) is not None
        if only_spare and serves and not any(shared_keys.opens(runtime, key, provider.destination) for key in others):
            raise Conflict(f"It is the only key of {provider.label}. Add another one first, then delete this one.")
        before = shared_keys.facts(record)
        record.encrypted = record.master_key_id = ""
        record.retired_at, record.retired_by = runtime.now(), actor.label
        session.flush()
        audit_trail.record(session, runtime, actor, "key.delete", "key", record.id, provider.name, before, None)
        return Kept(provider.label, shared_keys.view(record))


def _move(actor: Actor, runtime: Runtime, name: str, key_id: UUID, before: UUID | None) -> Kept:
    actor.require(Permission.PROVIDER_EDIT)
    with transaction() as session:
        # The order is outside the catalog: which keys exist stays the same.
        provider = _locked(session, name)
        keys = store.lock_of_provider(session, provider.id)
        record = shared_keys.found(keys, key_id)
        others = [key for key in keys if key is not record]
        place = 0 if before is None else others.index(shared_keys.found(others, before))
        told = {"order": " ".join(key.fingerprint for key in keys)}
        ordered = [*others[:place], record, *others[place:]]
        for position, key in enumerate(ordered):
            key.position = position
        session.flush()
        now_told = {"order": " ".join(key.fingerprint for key in ordered)}
        if now_told != told:
            audit_trail.record(session, runtime, actor, "key.move", "key", record.id, provider.name, told, now_told)
        return Kept(provider.label, shared_keys.view(record))


def read_pasted(provider: ProviderRecord, pasted: Pasted) -> TypedKey:
    """The key that was meant. Raises `Invalid` by the names of form fields."""
    type = TYPES[provider.type]
    if type.key is KeyRule.NONE:
        raise Invalid({"key": f"{provider.label} needs no key."})
    at_home = is_own(type, frozenset(provider.destination.split()))
    typed = read_typed_key(type, pasted.kind, pasted.parts, at_home=at_home)
    if typed.faults:
        raise Invalid(typed.faults)
    if not typed.text:
        kind = kind_of(type, pasted.kind)
        blank = next(part for part in kind.fields if part.secret)
        raise Invalid({field_name(kind, blank): "Enter the key. It cannot be blank."})
    return typed


def remarks(typed: TypedKey) -> tuple[str, ...]:
    """What is to be said of how a key was typed: what was mended, and what is doubtful."""
    return (*typed.notices, typed.doubt) if typed.doubt else typed.notices


def _locked(session: Session, name: str) -> ProviderRecord:
    provider = stored_providers.lock(session, name)
    if provider is None:
        raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
    return provider
