"""Shared keys: what administrators enter for everybody. They go in, they serve, and nobody sees them again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.provider_types.shape import API_KEY
from portal.dialects.secret import Secret
from portal.domain.errors import Invalid, NotFound
from portal.domain.faults import Category
from portal.domain.people import Actor
from portal.domain.shared_keys import KeyView, key_fault
from portal.services.audit import trail as audit_trail
from portal.services.encryption import master_keys
from portal.services.keys import references
from portal.services.runtime import Runtime
from portal.store import shared_keys as store
from portal.store.base import Session
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from portal.vault import Purpose, Undecryptable

SHARED = "shared"
"""The owner that a shared key is encrypted for."""


def validate_key(text: str) -> str | None:
    """The sentence beside the field when this cannot be a key; None when it can."""
    return key_fault(text)


def add(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    provider: ProviderRecord,
    secret: Secret | str,
    kind: str = API_KEY.name,
    replaces: UUID | None = None,
) -> KeyView:
    """Encrypt a key for the provider's destination of now, as the last of its pool. Raises `Invalid` (field `key`).

    A key that the pool holds already is refused; one that must be entered again takes its own place again.
    """
    secret = _validated(secret)
    lock_catalog(session)
    keys = store.lock_of_provider(session, provider.id)
    if same := _same(session, runtime, provider, secret, keys):
        return _put(session, runtime, actor, provider, secret, kind, same, keys)
    record = _encrypt(session, runtime, actor, provider, secret, kind, keys[-1].position + 1 if keys else 0)
    record.replaces = replaces
    serves_first = not any(opens(runtime, key, provider.destination) for key in keys)
    session.add(record)
    session.flush()
    if serves_first:
        provider.proven_from = runtime.now()
    audit_trail.record(session, runtime, actor, "key.add", "key", record.id, provider.name, None, facts(record))
    return view(record)


def replace(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    provider: ProviderRecord,
    secret: Secret | str,
    kind: str = API_KEY.name,
    key_id: UUID | None = None,
) -> KeyView:
    """Put a new key in the place of this one, or of the pool's first; the old one is deleted for good.

    Adds if there is none. Raises `Invalid` (field `key`), and `NotFound` when the key is not this provider's.
    """
    secret = _validated(secret)
    lock_catalog(session)
    keys = store.lock_of_provider(session, provider.id)
    if key_id is None and not keys:
        return add(session, runtime, actor, provider, secret, kind)
    old = next((key for key in keys if key_id in (None, key.id)), None)
    if old is None:
        raise NotFound("This key is gone.")
    same = _same(session, runtime, provider, secret, [key for key in keys if key is not old])
    if same is not None:
        _end(session, runtime, actor, provider, same)
    return _put(session, runtime, actor, provider, secret, kind, old, keys)


def forget_all(session: Session, provider_id: UUID) -> int:
    """Delete every key of a provider that is itself being deleted, in the same transaction; how many there were."""
    store.lock_of_provider(session, provider_id)
    return store.delete_of_provider(session, provider_id)


def found(keys: Sequence[SharedKeyRecord], key_id: UUID) -> SharedKeyRecord:
    """The key of that id among these. Raises `NotFound`."""
    for key in keys:
        if key.id == key_id:
            return key
    raise NotFound("This key is gone. Somebody may have deleted it.")


def keys_of(session: Session, provider_id: UUID) -> tuple[KeyView, ...]:
    """A provider's stored keys in order of position."""
    return tuple(view(row) for row in store.of_provider(session, provider_id))


def opens(runtime: Runtime, row: Any, destination: str) -> Secret | None:
    """The secret of a stored key, if it was encrypted for its own row and for this destination; None otherwise.

    It takes microseconds, so a page may ask it too: an encrypted text that was moved by hand from another row looks
    whole from outside, and the page is to say that it is not.
    """
    if row.destination != destination:
        return None
    purpose = Purpose(row.id, row.provider_id, SHARED, destination)
    try:
        if references.is_reference(row.kind or ""):
            return references.resolve(runtime, destination, runtime.vault.decrypt_address(row.encrypted, purpose))
        return runtime.vault.decrypt(row.encrypted, purpose)
    except Undecryptable:
        return None


def variables_of(runtime: Runtime, row: Any) -> dict[str, str]:
    """The variables that a stored reference names, by the parts of its key; empty for a key, and where it is broken."""
    if not references.is_reference(row.kind or ""):
        return {}
    try:
        purpose = Purpose(row.id, row.provider_id, SHARED, row.destination)
        return references.variables_of(runtime.vault.decrypt_address(row.encrypted, purpose))
    except Undecryptable:
        return {}


def holds(session: Session, runtime: Runtime, provider: ProviderRecord, secret: Secret) -> bool:
    """Whether the pool has this very key, encrypted for where the provider is now."""
    master_keys.unlock(session, runtime)
    fingerprint = runtime.vault.fingerprint(secret)
    keys = store.of_provider(session, provider.id)
    return any(key.fingerprint == fingerprint and key.destination == provider.destination for key in keys)


def view(row: Any) -> KeyView:
    """What may be told about a row of keys."""
    return KeyView(
        id=row.id,
        provider_id=row.provider_id,
        position=row.position,
        fingerprint=row.fingerprint,
        destination=row.destination,
        master_key_id=row.master_key_id,
        created_at=row.created_at,
        created_by=row.created_by,
        kind=row.kind or API_KEY.name,
        last_used_at=row.last_used_at,
        cooldown=store.cooldown_of(row),
        tested_at=row.tested_at,
        tested=Category(row.tested) if row.tested else None,
        check_id=row.check_id,
        replaces=row.replaces,
        retired_at=row.retired_at,
        retired_by=row.retired_by or "",
    )


def facts(record: SharedKeyRecord) -> dict[str, object]:
    """What the audit trail may know of a key."""
    return {
        "provider_id": record.provider_id,
        "fingerprint": record.fingerprint,
        "destination": record.destination,
        "position": record.position,
    }


def _validated(secret: Secret | str) -> Secret:
    kept = Secret(secret) if isinstance(secret, str) else secret
    fault = kept.judged_by(key_fault)
    if fault:
        raise Invalid({"key": fault})
    return kept


def _same(
    session: Session, runtime: Runtime, provider: ProviderRecord, secret: Secret, keys: Sequence[SharedKeyRecord]
) -> SharedKeyRecord | None:
    """The stored key that is this very one but no longer opens. Raises `Invalid` when it is there and serves."""
    master_keys.unlock(session, runtime)
    fingerprint = runtime.vault.fingerprint(secret)
    same = next((key for key in keys if key.fingerprint == fingerprint), None)
    if same is None or opens(runtime, same, provider.destination) is None:
        return same
    by = f" by {same.created_by}" if same.created_by else ""
    raise Invalid({"key": f"This very key is stored already, entered on {same.created_at:%-d %B %Y}{by}."})


def _put(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    provider: ProviderRecord,
    secret: Secret,
    kind: str,
    old: SharedKeyRecord,
    keys: Sequence[SharedKeyRecord],
) -> KeyView:
    """A new row in the place of an old one, which is deleted. Where it serves next, no verdict stands any more."""
    before, position, replaces = facts(old), old.position, old.replaces
    others_before = any(opens(runtime, key, provider.destination) for key in keys if key.position < position)
    session.delete(old)
    session.flush()
    record = _encrypt(session, runtime, actor, provider, secret, kind, position)
    record.replaces = replaces
    session.add(record)
    session.flush()
    if not others_before:
        provider.proven_from = runtime.now()
    audit_trail.record(session, runtime, actor, "key.replace", "key", record.id, provider.name, before, facts(record))
    return view(record)


def _end(session: Session, runtime: Runtime, actor: Actor, provider: ProviderRecord, record: SharedKeyRecord) -> None:
    audit_trail.record(session, runtime, actor, "key.delete", "key", record.id, provider.name, facts(record), None)
    session.delete(record)
    session.flush()


def _encrypt(
    session: Session, runtime: Runtime, actor: Actor, provider: ProviderRecord, secret: Secret, kind: str, position: int
) -> SharedKeyRecord:
    """Inside the transaction, and behind the catalog's lock: a retiring master key waits for that lock too."""
    master_keys.unlock(session, runtime)
    key_id = uuid4()
    encrypted = runtime.vault.encrypt(secret, Purpose(key_id, provider.id, SHARED, provider.destination))
    return SharedKeyRecord(
        id=key_id,
        provider_id=provider.id,
        kind=kind,
        position=position,
        encrypted=encrypted.text,
        destination=provider.destination,
        master_key_id=encrypted.master_key_id,
        fingerprint=runtime.vault.fingerprint(secret),
        created_at=runtime.now(),
        created_by=actor.label,
        rest_strikes=0,
    )
