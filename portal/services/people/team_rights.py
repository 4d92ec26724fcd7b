"""What the managers of a team may do with its providers, without any permission of their own."""

from dataclasses import replace
from uuid import UUID

from portal.domain.errors import Conflict, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.store import teams as store
from portal.store.base import Session, reading
from portal.store.people import TeamRecord

LOCKED = "Your deployment no longer lets this team use its own provider. Everything is kept. Ask an administrator."
OWN = frozenset(
    (
        Permission.PROVIDER_VIEW,
        Permission.PROVIDER_CREATE,
        Permission.PROVIDER_EDIT,
        Permission.PROVIDER_DELETE,
        Permission.PROVIDER_TEST,
    )
)
"""What a manager may do with the providers of their team, and with no others."""


def managed(session: Session, actor: Actor, *, lock: bool = False) -> TeamRecord:
    """The team that the actor manages. Raises `NotFound` for everybody else, as if there were no such page."""
    if actor.id is None or actor.team_id is None or not store.manages(session, actor.team_id, actor.id):
        raise NotFound
    team = store.by_id(session, actor.team_id, lock=lock)
    if team is None:
        raise NotFound
    return team


def as_manager(actor: Actor) -> Actor:
    """The same person, acting for the team that they manage, and with nothing else that they may do.

    Raises `NotFound` for everybody else, `Conflict` while the team is not entitled.
    """
    with reading() as session:
        team = managed(session, actor)
        if not team.entitled:
            raise Conflict(LOCKED)
        return replace(actor, permissions=OWN, acts_for=team.id)


def require_own(session: Session, actor: Actor, team_id: UUID | None) -> None:
    """Whoever acts for a team touches what that team owns, while they manage it and it is entitled.

    Asked inside the transaction that acts on the answer, behind the catalog's lock where it writes. It says nothing
    about those who act for themselves. Raises `NotFound`, `Conflict`.
    """
    if actor.acts_for is None:
        return
    team = managed(session, actor)
    if team.id != actor.acts_for or team_id != team.id:
        raise NotFound
    if not team.entitled:
        raise Conflict(LOCKED)
