"""Teams as an administrator keeps them: who is in them, who manages them, and what they are entitled to."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from uuid import UUID, uuid4

from portal.domain import versions
from portal.domain.accounts import shown_fault
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.rights import Rights
from portal.domain.typed_text import folded
from portal.services.audit import trail as audit_trail
from portal.services.people import rights
from portal.services.runtime import Runtime
from portal.store import language_models, people
from portal.store import teams as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.people import TeamRecord

MANAGE = Permission.TEAM_MANAGE
NAME_LENGTH = 80
SHOWN = 200
"""How many members a page shows before it counts the rest."""
MOST_NETWORKS = 50
GONE = "There is no such team. Somebody may have deleted it."


@dataclass(frozen=True)
class Team:
    """A team as the list shows it."""

    id: UUID
    name: str
    entitled: bool
    exclusive: bool
    members: int
    providers: int
    managers: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """Somebody in a team."""

    id: UUID
    name: str
    email: str
    enabled: bool
    manages: bool


@dataclass(frozen=True)
class Owned:
    """A provider of a team."""

    name: str
    label: str
    enabled: bool


@dataclass(frozen=True)
class TeamPage:
    """A team with all that its page tells. `version` is sent back with its form."""

    team: Team
    members: tuple[Member, ...]
    providers: tuple[Owned, ...]
    default: str
    networks: tuple[str, ...]
    version: str


def list_for(actor: Actor, runtime: Runtime) -> tuple[Team, ...]:
    """Every team, by name."""
    with reading() as session:
        rights.of_actor(session, actor, MANAGE)
        members, providers = store.member_counts(session), store.provider_counts(session)
        managers: dict[UUID, list[str]] = {}
        for row in store.managers(session):
            managers.setdefault(row.team_id, []).append(row.name)
        return tuple(
            _team(team, members.get(team.id, 0), providers.get(team.id, 0), managers.get(team.id, ()))
            for team in store.every(session)
        )


def names_for(actor: Actor, runtime: Runtime) -> tuple[tuple[UUID, str], ...]:
    """Every team's id and name, to choose one from; none for those who may not."""
    if not actor.may(MANAGE):
        return ()
    with reading() as session:
        return tuple((team.id, team.name) for team in store.every(session))


def find(actor: Actor, runtime: Runtime, team_id: UUID, *, shown: int = SHOWN) -> TeamPage:
    """One team, and so many of its members by name. Raises `NotFound`."""
    with reading() as session:
        rights.of_actor(session, actor, MANAGE)
        team = found(session, team_id)
        members = tuple(
            Member(row.id, row.name, row.email, row.enabled, row.manages)
            for row in store.members(session, team_id, shown)
        )
        providers = tuple(Owned(item.name, item.label, item.enabled) for item in store.providers(session, team_id))
        count = store.member_counts(session).get(team_id, 0)
        managers = tuple(member.name for member in members if member.manages)
        return TeamPage(
            _team(team, count, len(providers), managers),
            members,
            providers,
            _default_name(session, team),
            tuple(team.private_networks),
            versions.version_of(fields_of(team)),
        )


def create(actor: Actor, runtime: Runtime, name: str) -> UUID:
    """Make a team: not entitled, not exclusive, with nobody in it. Raises `Invalid` naming `name`."""
    with transaction() as session:
        return create_in(session, actor, runtime, name).id


def create_in(session: Session, actor: Actor, runtime: Runtime, name: str) -> TeamRecord:
    """The same inside the caller's transaction."""
    name, _ = _read(name, "")
    lock(session, actor)
    _refuse_taken(session, name)
    team = TeamRecord(id=uuid4(), name=name, private_networks=[], created_at=runtime.now())
    session.add(team)
    session.flush()
    audit_trail.record(session, runtime, actor, "team.create", "team", team.id, name, after={"name": name})
    return team


def change(
    actor: Actor, runtime: Runtime, team_id: UUID, name: str, *, exclusive: bool, networks: str, version: str
) -> None:
    """Save a team's form. `networks` are the private ones its providers may reach, one on each line.

    Raises `Invalid` naming `name`, `networks`; `Outdated` when somebody saved after `version` was drawn.
    """
    with transaction() as session:
        change_in(session, actor, runtime, team_id, name, exclusive=exclusive, networks=networks, version=version)


def change_in(
    session: Session,
    actor: Actor,
    runtime: Runtime,
    team_id: UUID,
    name: str,
    *,
    exclusive: bool,
    networks: str,
    version: str | None = None,
) -> None:
    """The same inside the caller's transaction."""
    name, listed = _read(name, networks)
    lock(session, actor)
    team = found(session, team_id, for_update=True)
    versions.require(team.name, fields_of(team), version)
    if folded(name) != folded(team.name):
        _refuse_taken(session, name)
    before = _facts(team)
    team.name, team.exclusive, team.private_networks = name, exclusive, list(listed)
    session.flush()
    tell(session, runtime, actor, "team.change", team, before, _facts(team))


def remove(actor: Actor, runtime: Runtime, team_id: UUID) -> str:
    """Delete a team without members and providers; returns its name. Raises `Conflict` naming what must go first."""
    with transaction() as session:
        lock(session, actor)
        team = found(session, team_id, for_update=True)
        first = []
        if members := store.member_counts(session).get(team_id, 0):
            first.append("its one member" if members == 1 else f"its {members:,} members")
        if owned := store.providers(session, team_id):
            first.append(f"the provider {owned[0].label}" if len(owned) == 1 else f"its {len(owned)} providers")
        if first:
            raise Conflict(
                f"{team.name} cannot be deleted yet. Take {' and '.join(first)} out of it first; "
                "a provider gets another owner on its page."
            )
        name, before = team.name, _facts(team)
        store.let_tombstones_go(session, team_id)
        session.delete(team)
        session.flush()
        audit_trail.record(session, runtime, actor, "team.delete", "team", team_id, name, before=before)
        return name


def entitle(actor: Actor, runtime: Runtime, team_id: UUID, *, on: bool) -> str:
    """Let a team bring its own provider, or withdraw that: all of it stays on file and is ignored meanwhile."""
    with transaction() as session:
        return entitle_in(session, actor, runtime, team_id, on=on)


def entitle_in(session: Session, actor: Actor, runtime: Runtime, team_id: UUID, *, on: bool) -> str:
    """The same inside the caller's transaction."""
    lock(session, actor)
    team = found(session, team_id, for_update=True)
    if team.entitled != on:
        team.entitled = on
        session.flush()
        verb = "team.entitle" if on else "team.withdraw"
        tell(session, runtime, actor, verb, team, {"entitled": not on}, {"entitled": on})
    return team.name


def fields_of(team: TeamRecord) -> versions.Fields:
    """What the form of a team was drawn from."""
    return {"name": team.name, "exclusive": team.exclusive, "networks": list(team.private_networks)}


def lock(session: Session, actor: Actor) -> Rights:
    """The catalog, then people, as everywhere: whoever locks in one order never waits in a circle."""
    lock_catalog(session)
    people.lock_people(session)
    return rights.of_actor(session, actor, MANAGE)


def found(session: Session, team_id: UUID, *, for_update: bool = False) -> TeamRecord:
    """A team. Raises `NotFound`."""
    team = store.by_id(session, team_id, lock=for_update)
    if team is None:
        raise NotFound(GONE)
    return team


def _read(name: str, networks: str) -> tuple[str, tuple[str, ...]]:
    name, faults = " ".join(name.split()), {}
    if not name:
        faults["name"] = "Type a name: it is what one picks as the owner of a provider."
    elif len(name) > NAME_LENGTH:
        faults["name"] = f"A name has at most {NAME_LENGTH} characters. Shorten it."
    elif unseen := shown_fault(name, "The name"):
        faults["name"] = unseen
    listed, fault = networks_from_text(networks)
    if fault:
        faults["networks"] = fault
    if faults:
        raise Invalid(faults)
    return name, listed


def networks_from_text(text: str) -> tuple[tuple[str, ...], str]:
    """The networks of a text with one on each line, each once, in their plain spelling; and the first fault."""
    found = []
    for part in re.split(r"[\s,]+", text.strip()):
        if not part:
            continue
        try:
            found.append(str(ip_network(part)))
        except ValueError:
            return (), f"“{part[:60]}” is no network. Write it like 10.1.2.0/24, without bits after the mask."
    listed = tuple(dict.fromkeys(found))
    if len(listed) > MOST_NETWORKS:
        return (), f"These are {len(listed)} networks; {MOST_NETWORKS} fit."
    return listed, ""


def _refuse_taken(session: Session, name: str) -> None:
    """Raise `Invalid` for a name that looks like another team's."""
    wanted = folded(name)
    if any(folded(team.name) == wanted for team in store.every(session)):
        raise Invalid({"name": "There is a team of this name. Type another one."})


def _default_name(session: Session, team: TeamRecord) -> str:
    if team.default_id is None:
        return ""
    model = language_models.find(session, team.default_id)
    return model.display_name if model is not None else ""


def _facts(team: TeamRecord) -> dict[str, object]:
    return {"name": team.name, "exclusive": team.exclusive, "private networks": list(team.private_networks)}


def tell(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    verb: str,
    team: TeamRecord,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    """The audit row, if anything changed at all."""
    if before != after:
        audit_trail.record(session, runtime, actor, verb, "team", team.id, team.name, before, after)


def _team(team: TeamRecord, members: int, providers: int, managers: tuple[str, ...] | list[str]) -> Team:
    return Team(team.id, team.name, team.entitled, team.exclusive, members, providers, tuple(managers))
