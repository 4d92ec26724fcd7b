"""Shared keys: what administrators enter for everybody. They go in, they serve, and nobody sees them again."""

from typing import Any
from uuid import UUID, uuid4

from portal.dialects.base import Secret
from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.shared_keys import KeyView, key_fault
from portal.services import audit, master_keys
from portal.services.tools import Tools
from portal.store import shared_keys as store
from portal.store.base import Session
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from portal.vault import Purpose, Unopenable

SHARED = "shared"
"""The owner that is sealed into a shared key."""


def validate_key(text: str) -> str | None:
    """The sentence beside the field when this cannot be a key; None when it can."""
    return key_fault(text)


def add(session: Session, tools: Tools, actor: Actor, provider: ProviderRecord, secret: Secret | str) -> KeyView:
    """Seal a key for the provider's destination of now, as the last of its pool. Raises `Invalid` (field `key`)."""
    secret = _validated(secret)
    lock_catalog(session)
    keys = store.lock_of_provider(session, provider.id)
    record = _seal(session, tools, actor, provider, secret, position=keys[-1].position + 1 if keys else 0)
    session.add(record)
    session.flush()
    provider.proven_from = tools.now()
    audit.record(session, tools, actor, "key.add", "key", record.id, provider.name, None, _facts(record))
    return view(record)


def replace(session: Session, tools: Tools, actor: Actor, provider: ProviderRecord, secret: Secret | str) -> KeyView:
    """Put a new key in the place of all that the provider has; the old ones are deleted for good. Adds if it has none.

    Raises `Invalid` (field `key`).
    """
    secret = _validated(secret)
    lock_catalog(session)
    old = store.lock_of_provider(session, provider.id)
    if not old:
        return add(session, tools, actor, provider, secret)
    before = _facts(old[0])
    store.delete_of_provider(session, provider.id)
    record = _seal(session, tools, actor, provider, secret, position=0)
    session.add(record)
    session.flush()
    provider.proven_from = tools.now()
    audit.record(session, tools, actor, "key.replace", "key", record.id, provider.name, before, _facts(record))
    return view(record)


def remove(session: Session, tools: Tools, actor: Actor, provider: ProviderRecord, key_id: UUID) -> None:
    """Delete one key for good. Raises `NotFound` when it is not this provider's."""
    lock_catalog(session)
    record = next((key for key in store.lock_of_provider(session, provider.id) if key.id == key_id), None)
    if record is None:
        raise NotFound()
    audit.record(session, tools, actor, "key.delete", "key", record.id, provider.name, _facts(record), None)
    session.delete(record)
    provider.proven_from = tools.now()


def forget_all(session: Session, provider_id: UUID) -> int:
    """Delete every key of a provider that is itself being deleted, in the same transaction; how many there were."""
    store.lock_of_provider(session, provider_id)
    return store.delete_of_provider(session, provider_id)


def keys_of(session: Session, provider_id: UUID) -> tuple[KeyView, ...]:
    """A provider's stored keys in order of position."""
    return tuple(view(row) for row in store.of_provider(session, provider_id))


def opens(tools: Tools, row: Any, destination: str) -> Secret | None:
    """The secret of a stored key, if it was sealed for its own row and for this destination; None otherwise.

    It takes microseconds, so a page may ask it too: a sealed text that was moved by hand from another row looks whole
    from outside, and the page is to say that it is not.
    """
    if row.destination != destination:
        return None
    try:
        return tools.vault.open(row.sealed, Purpose(row.id, row.provider_id, SHARED, destination))
    except Unopenable:
        return None


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
        last_used_at=row.last_used_at,
        rest_until=row.rest_until,
    )


def _validated(secret: Secret | str) -> Secret:
    kept = Secret(secret) if isinstance(secret, str) else secret
    fault = kept.judged_by(key_fault)
    if fault:
        raise Invalid({"key": fault})
    return kept


def _seal(
    session: Session, tools: Tools, actor: Actor, provider: ProviderRecord, secret: Secret, position: int
) -> SharedKeyRecord:
    """Inside the transaction, and behind the catalog's lock: a retiring master key waits for that lock too."""
    master_keys.unlock(session, tools)
    key_id = uuid4()
    sealed = tools.vault.seal(secret, Purpose(key_id, provider.id, SHARED, provider.destination))
    return SharedKeyRecord(
        id=key_id,
        provider_id=provider.id,
        position=position,
        sealed=sealed.text,
        destination=provider.destination,
        master_key_id=sealed.master_key_id,
        fingerprint=tools.vault.fingerprint(secret),
        created_at=tools.now(),
        created_by=actor.label,
        rest_strikes=0,
    )


def _facts(record: SharedKeyRecord) -> dict[str, object]:
    """What the audit trail may know of a key."""
    return {
        "provider_id": record.provider_id,
        "fingerprint": record.fingerprint,
        "destination": record.destination,
        "position": record.position,
    }
