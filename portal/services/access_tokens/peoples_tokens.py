"""The tokens of others, for whoever manages users: seen without a value, and revoked, within one's own rights."""

from uuid import UUID

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.access_tokens import listing, own_tokens
from portal.services.access_tokens.listing import Tokens
from portal.services.people import accounts, rights
from portal.services.runtime import Runtime
from portal.store import people
from portal.store.base import reading, transaction

MANAGE = Permission.USER_MANAGE


def list_of(actor: Actor, runtime: Runtime, user_id: UUID) -> Tokens:
    """A person's tokens. Raises `NotFound`, and `Denied` when they may do more than the actor."""
    with reading() as session:
        user = accounts.reach(session, rights.of_actor(session, actor, MANAGE), user_id, lock=False)
        held = rights.together(rights.roles_of(session, [user.id])[user.id])
        return listing.of_person(session, user.id, held.permissions, runtime.now())


def revoke(actor: Actor, runtime: Runtime, user_id: UUID, token_id: UUID) -> str:
    """End a person's token, at once and everywhere; returns its name. Raises as `list_of` does."""
    with transaction() as session:
        people.lock_people(session)
        user = accounts.reach(session, rights.of_actor(session, actor, MANAGE), user_id)
        return own_tokens.end_one(session, runtime, actor, user.id, user.name, token_id)
