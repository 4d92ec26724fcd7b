"""Everybody who asks models, as selection knows them: read in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from portal.domain.catalog_entries import Person
from portal.domain.permissions import Permission
from portal.services.people import rights
from portal.services.people.rights import HeldRole
from portal.store import impact as store
from portal.store.base import Session, reading


@dataclass(frozen=True)
class Everybody:
    """The enabled people who may chat, and every role by its id."""

    people: tuple[Person, ...]
    roles: Mapping[UUID, HeldRole]


def read() -> Everybody:
    """Three queries, however many people there are. Whoever may not chat asks no model, so nothing changes for them."""
    with reading() as session:
        return read_in(session)


def read_in(session: Session) -> Everybody:
    """The same, inside a session that is open already."""
    roles = {role.id: role for role in rights.every_role(session)}
    held: dict[UUID, set[UUID]] = {}
    for row in store.roles_of_people(session):
        held.setdefault(row.user_id, set()).add(row.role_id)
    chatting = {role.id for role in roles.values() if Permission.CHAT in role.rights.permissions}
    people = (
        Person(row.id, frozenset(held[row.id]), row.team_id)
        for row in store.people(session)
        if not chatting.isdisjoint(held.get(row.id, ()))
    )
    return Everybody(tuple(people), roles)
