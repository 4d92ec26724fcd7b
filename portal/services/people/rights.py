"""Who may touch whom: the rules against escalation, asked inside the transaction that acts on the answer."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.domain import rights
from portal.domain.errors import Conflict, Denied
from portal.domain.people import Actor
from portal.domain.permissions import GRANTABLE, Permission
from portal.domain.rights import Rights
from portal.store import people as store
from portal.store.base import Session


@dataclass(frozen=True)
class HeldRole:
    """A role as somebody holds it."""

    id: UUID
    name: str
    rights: Rights
    description: str = ""


def of_actor(session: Session, actor: Actor, need: Permission) -> Rights:
    """What the actor may do now, as the database says and no more than the request brought; must include `need`.

    A change that was saved after the request began counts: nobody acts on rights that were taken away meanwhile.
    """
    if actor.id is None:
        held = Rights(actor.permissions, actor.permissions >= GRANTABLE)
    else:
        stored = rights.together(role.rights for role in _roles(store.rights_of_enabled(session, actor.id)))
        whole = stored.everything and actor.permissions >= GRANTABLE
        held = Rights(stored.permissions & actor.permissions, whole)
    if need not in held.permissions:
        raise Denied("You may not do this any more. Ask an administrator.")
    return held


def roles_of(session: Session, user_ids: Collection[UUID]) -> Mapping[UUID, tuple[HeldRole, ...]]:
    """The roles of each of these people, by name; one query."""
    rows: dict[UUID, list[Any]] = {user_id: [] for user_id in user_ids}
    if user_ids:
        for row in store.roles_held(session, user_ids):
            rows[row.user_id].append(row)
    return {user_id: _roles(held) for user_id, held in rows.items()}


def together(roles: Iterable[HeldRole]) -> Rights:
    return rights.together(role.rights for role in roles)


def require_reach(mine: Rights, other: Rights, sentence: str) -> None:
    """Raise `Denied` unless `mine` covers `other`."""
    if not mine.covers(other):
        raise Denied(sentence)


def require_another_administrator(session: Session, administrator: store.RoleRecord, user: store.UserRecord) -> None:
    """Raise `Conflict` when this person is the last active Administrator. `administrator` is the locked role."""
    if not store.other_active_administrators(session, administrator.id, user.id):
        raise Conflict(
            f"{user.name} is the last active Administrator. Make somebody else Administrator first, then try again."
        )


def _roles(rows: Iterable[Any]) -> tuple[HeldRole, ...]:
    names: dict[UUID, tuple[str, str | None, set[str]]] = {}
    for row in rows:
        names.setdefault(row.role_id, (row.role, row.built_in, set()))[2].add(row.permission or "")
    return tuple(
        HeldRole(role_id, name, rights.of_role(built_in, stored)) for role_id, (name, built_in, stored) in names.items()
    )


def every_role(session: Session, ids: Collection[UUID] | None = None) -> tuple[HeldRole, ...]:
    """All roles, or these: the built-in ones first, then by name."""
    rows: dict[UUID, tuple[str, str, str | None, set[str]]] = {}
    for row in store.all_roles(session, ids):
        rows.setdefault(row.id, (row.name, row.description, row.built_in, set()))[3].add(row.permission or "")
    return tuple(
        HeldRole(role_id, name, rights.of_role(built_in, granted), description)
        for role_id, (name, description, built_in, granted) in rows.items()
    )
