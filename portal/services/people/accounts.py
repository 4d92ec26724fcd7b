"""An account inside of the caller's transaction: made, found by whoever may reach it, given roles, parted with."""

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.rights import Rights
from portal.services.people import rights
from portal.services.people.rights import HeldRole
from portal.services.runtime import Runtime
from portal.store import people as store
from portal.store.base import Session

BEYOND = "{name} may do things that you may not, so only somebody who may do as much can change this account."
NOT_YOURSELF = "This is your own account. Ask somebody else who manages users."


def add(
    session: Session,
    runtime: Runtime,
    name: str,
    email: str,
    hashed: str,
    role_ids: Sequence[UUID],
    *,
    must_change: bool,
) -> store.UserRecord:
    """Insert a user inside the caller's transaction."""
    user = store.UserRecord(
        id=uuid4(),
        name=name,
        email=email,
        password_hash=hashed,
        must_change_password=must_change,
        created_at=runtime.now(),
    )
    session.add(user)
    store.set_roles(session, user.id, role_ids)
    return user


def refuse_taken_email(session: Session, email: str) -> None:
    """Raise `Invalid` where somebody has an account with this e-mail."""
    if store.user_by_email(session, email):
        raise Invalid({"email": "Somebody has an account with this e-mail. Type another one."})


def reach(session: Session, mine: Rights, user_id: UUID, *, lock: bool = True) -> store.UserRecord:
    """The user, if they exist and the actor's rights cover theirs."""
    user = store.user_by_id(session, user_id, lock=lock)
    if user is None:
        raise NotFound("There is no such user. Somebody may have deleted the account.")
    theirs = rights.together(rights.roles_of(session, [user.id])[user.id])
    rights.require_reach(mine, theirs, BEYOND.format(name=user.name))
    return user


def give(session: Session, mine: Rights, role_ids: Collection[UUID]) -> tuple[HeldRole, ...]:
    """The roles to give out, if they all exist and grant nothing beyond the actor's rights."""
    roles = rights.every_role(session, set(role_ids))
    if len(roles) != len(set(role_ids)):
        raise Invalid({"roles": "One of these roles is gone. Look at the roles again."})
    for role in roles:
        rights.require_reach(
            mine, role.rights, f"The role {role.name} lets one do things that you may not, so you cannot give it out."
        )
    return roles


def refuse_parting_with(
    session: Session, actor: Actor, administrator: store.RoleRecord, user: store.UserRecord
) -> None:
    """Refuse to lock out oneself, or the last active Administrator."""
    held = rights.roles_of(session, [user.id])[user.id]
    if user.enabled and among(administrator, held):
        rights.require_another_administrator(session, administrator, user)
    if user.id == actor.id:
        raise Conflict(NOT_YOURSELF)


def among(administrator: store.RoleRecord, roles: Collection[HeldRole]) -> bool:
    """Whether the Administrator's role is one of these."""
    return any(role.id == administrator.id for role in roles)


def facts_of(user: store.UserRecord, roles: Collection[HeldRole]) -> dict[str, object]:
    """What the audit trail says of a user."""
    return {"name": user.name, "email": user.email, "roles": sorted(role.name for role in roles)}
