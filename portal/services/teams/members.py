"""Who is in a team, and who manages it: an administrator's acts, one person at a time."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.rights import Rights
from portal.services.people import rights
from portal.services.runtime import Runtime
from portal.services.teams.teams import MANAGE, Member, found, lock, tell
from portal.store import people
from portal.store import teams as store
from portal.store.base import Session, reading, transaction
from portal.store.people import TeamRecord, UserRecord


@dataclass(frozen=True)
class MemberPage:
    """Some of a team's members. `more`: others come behind them."""

    members: tuple[Member, ...]
    more: bool


def list_for(actor: Actor, runtime: Runtime, team_id: UUID, *, start: int, size: int) -> MemberPage:
    """So many members of a team from a place on, managers first. Raises `NotFound`."""
    with reading() as session:
        rights.of_actor(session, actor, MANAGE)
        found(session, team_id)
        rows = store.members(session, team_id, size + 1, start)
        members = tuple(Member(row.id, row.name, row.email, row.enabled, row.manages) for row in rows[:size])
        return MemberPage(members, len(rows) > size)


def find(actor: Actor, runtime: Runtime, team_id: UUID, user_id: UUID) -> Member:
    """One member of a team. Raises `NotFound`."""
    with reading() as session:
        rights.of_actor(session, actor, MANAGE)
        user = _member(session, found(session, team_id), user_id, lock=False)
        return Member(user.id, user.name, user.email, user.enabled, store.manages(session, team_id, user_id))


def add_member(actor: Actor, runtime: Runtime, team_id: UUID, email: str) -> Member:
    """Put somebody into a team, by their e-mail; returns who it is.

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
        return Member(user.id, user.name, user.email, user.enabled, manages=False)


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


def _member(session: Session, team: TeamRecord, user_id: UUID, *, lock: bool = True) -> UserRecord:
    user = people.user_by_id(session, user_id, lock=lock)
    if user is None or user.team_id != team.id:
        raise NotFound(f"Nobody of that kind is in {team.name}. Somebody may have taken them out.")
    return user


def _cover(session: Session, mine: Rights, user: UserRecord) -> None:
    theirs = rights.together(rights.roles_of(session, [user.id])[user.id])
    rights.require_reach(
        mine, theirs, f"{user.name} may do things that you may not, so only somebody who may do as much can move them."
    )
