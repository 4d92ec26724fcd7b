"""Who is in a team, and who manages it: an administrator's acts, one person at a time."""

from uuid import UUID

from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.rights import Rights
from portal.services.people import rights
from portal.services.runtime import Runtime
from portal.services.teams.teams import found, lock, tell
from portal.store import people
from portal.store import teams as store
from portal.store.base import Session, transaction
from portal.store.people import TeamRecord, UserRecord


def add_member(actor: Actor, runtime: Runtime, team_id: UUID, email: str) -> str:
    """Put somebody into a team, by their e-mail; returns their name.

    A user belongs to at most one. Whom a team takes in reaches other models with other keys, so that nobody moves
    those who may do more than they themselves. Raises `Invalid` naming `email`, `Denied`.
    """
    with transaction() as session:
        mine = lock(session, actor)
        team = found(session, team_id, for_update=True)
        user = people.user_by_email(session, email.replace("\0", "").strip().lower())
        if user is None:
            raise Invalid({"email": "Nobody has an account with this e-mail. Add the user first."})
        if user.team_id == team_id:
            raise Invalid({"email": f"{user.name} belongs to {team.name} already."})
        if user.team_id is not None:
            other = store.name_of(session, user.team_id)
            raise Invalid({"email": f"{user.name} belongs to {other}. Take them out of it first: one has one team."})
        _cover(session, mine, user)
        user.team_id = team_id
        session.flush()
        tell(session, runtime, actor, "team.change", team, {"member": ""}, {"member": user.name})
        return user.name


def remove_member(actor: Actor, runtime: Runtime, team_id: UUID, user_id: UUID) -> str:
    """Take somebody out of a team, and off its managers; returns their name."""
    with transaction() as session:
        mine = lock(session, actor)
        team = found(session, team_id, for_update=True)
        user = _member(session, team, user_id)
        _cover(session, mine, user)
        user.team_id = None
        store.dismiss(session, team_id, user_id)
        session.flush()
        tell(session, runtime, actor, "team.change", team, {"member": user.name}, {"member": ""})
        return user.name


def make_manager(actor: Actor, runtime: Runtime, team_id: UUID, user_id: UUID, *, on: bool) -> str:
    """Let a member manage the team, or no longer; returns their name."""
    with transaction() as session:
        mine = lock(session, actor)
        team = found(session, team_id, for_update=True)
        user = _member(session, team, user_id)
        _cover(session, mine, user)
        if store.manages(session, team_id, user_id) != on:
            if on:
                store.appoint(session, team_id, user_id)
            else:
                store.dismiss(session, team_id, user_id)
            before, after = ("", user.name) if on else (user.name, "")
            tell(session, runtime, actor, "team.change", team, {"manager": before}, {"manager": after})
        return user.name


def _member(session: Session, team: TeamRecord, user_id: UUID) -> UserRecord:
    user = people.user_by_id(session, user_id, lock=True)
    if user is None or user.team_id != team.id:
        raise NotFound(f"Nobody of that kind is in {team.name}. Somebody may have taken them out.")
    return user


def _cover(session: Session, mine: Rights, user: UserRecord) -> None:
    theirs = rights.together(rights.roles_of(session, [user.id])[user.id])
    rights.require_reach(
        mine, theirs, f"{user.name} may do things that you may not, so only somebody who may do as much can move them."
    )
