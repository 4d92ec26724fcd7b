"""What administrators see of personal keys: who has one for a provider, never the key; and taking one away."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain.errors import Denied, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.personal_keys.own_keys import facts
from portal.services.runtime import Runtime
from portal.store import people
from portal.store import personal_keys as store
from portal.store import providers as stored_providers
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog

SHOWN = 25


@dataclass(frozen=True)
class Holder:
    """Somebody with a key of their own."""

    user_id: UUID
    name: str
    email: str
    fingerprint: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Holders:
    """Who has a key of their own for a provider: the first few that fit, whether there are more, how many in all."""

    people: tuple[Holder, ...]
    more: bool
    total: int


@dataclass(frozen=True)
class Revoked:
    """Whose key is gone, and for which provider it was."""

    name: str
    label: str


def of_provider(actor: Actor, runtime: Runtime, provider_id: UUID, search: str = "") -> Holders:
    """Who has a key of their own for this provider, by name. Two queries."""
    if not actor.may(Permission.PROVIDER_VIEW):
        raise Denied("You may not see who has a key here. Ask an administrator for the permission.")
    with reading() as session:
        rows = store.holders(session, provider_id, SHOWN + 1, search.replace("\0", "").strip()[:200])
        total = store.count_by_provider(session, [provider_id]).get(provider_id, 0)
    found = tuple(
        Holder(row.user_id, row.name, row.email, row.fingerprint, row.created_at, row.last_used_at)
        for row in rows[:SHOWN]
    )
    return Holders(found, len(rows) > SHOWN, total)


def revoke(actor: Actor, runtime: Runtime, name: str, user_id: UUID) -> Revoked:
    """Delete somebody's key for good, and have them told. Raises `NotFound` when they have none for this provider."""
    if not actor.may(Permission.PROVIDER_DELETE):
        raise Denied("You may not remove somebody’s key. Ask an administrator for the permission.")
    with transaction() as session:
        lock_catalog(session)
        provider = stored_providers.find(session, name)
        record = store.find(session, user_id, provider.id, lock=True) if provider else None
        user = people.user_by_id(session, user_id)
        if provider is None or record is None or user is None:
            raise NotFound("This key is gone. Its owner may have removed it.")
        before = facts(record) | {"owner": user.email}
        audit_trail.record(
            session, runtime, actor, "personal_key.revoke", "personal_key", record.id, provider.name, before, None
        )
        session.delete(record)
        if user.id != actor.id:
            store.note_removal(session, user.id, provider.id, actor.label, runtime.now())
        return Revoked(user.name, provider.label)
