"""Teams and roles of a document: what they may, never who is in them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.domain.errors import Invalid
from portal.domain.model_search import named
from portal.domain.people import Actor
from portal.domain.permissions import GRANTABLE, Permission
from portal.domain.typed_text import folded
from portal.services.configuration.document import Entry
from portal.services.configuration.fields import ROLE, TEAM, values_of
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.teams import my_team
from portal.services.teams import teams as kept_teams
from portal.store import catalog as stored_catalog
from portal.store import people, teams
from portal.store.base import Session
from portal.store.people import TeamRecord


def put_team(session: Session, actor: Actor, runtime: Runtime, entry: Entry) -> None:
    """Make a team, or change it. Its default comes later, when its models are there."""
    given = values_of(entry, TEAM, but=("default",))
    team = _team(session, entry.name) or kept_teams.create_in(session, actor, runtime, entry.name)
    networks = given.get("networks", team.private_networks)
    kept_teams.change_in(
        session,
        actor,
        runtime,
        team.id,
        team.name,
        exclusive=given.get("exclusive", team.exclusive),
        networks="\n".join(networks),
    )
    kept_teams.entitle_in(session, actor, runtime, team.id, on=given.get("entitled", team.entitled))


def put_team_default(session: Session, actor: Actor, runtime: Runtime, entry: Entry) -> None:
    team = _team(session, entry.name)
    if "default" not in entry.values or team is None:  # one that could not be made is named already
        return
    address = values_of(entry, {"default": TEAM["default"]}, but=tuple(TEAM.keys() - {"default"}))["default"]
    kept_teams.lock(session, actor)
    if not address:
        my_team.put_default(session, runtime, actor, team, None)
        return
    catalog = choosing.resolve(runtime, stored_catalog.read(session))
    found = named(catalog, address)
    if len(found) != 1 or catalog.providers[found[0].provider_id].team_id != team.id:
        raise Invalid({"default": f"No provider of {team.name} has such a model. Write it as provider:model."})
    my_team.candidate(session, team.id, found[0].id)
    my_team.put_default(session, runtime, actor, team, found[0].id)


def put_role(session: Session, actor: Actor, runtime: Runtime, entry: Entry) -> None:
    """Make a role, or change it, within what whoever imports may give out."""
    given = values_of(entry, ROLE)
    names = people.role_names(session)
    id = next((id for id, name in names.items() if folded(name) == folded(entry.name)), None)
    if id is None:
        told = given.get("description", ""), _permissions(given.get("permissions", ())), given.get("models", ())
        roles.create_in(session, actor, runtime, entry.name, *told)
        return
    stored = _roles(session, stored_catalog.read(session).patterns, id).get(names[id], {})
    whole: dict[str, Any] = {"description": "", "permissions": (), "models": (), **stored, **given}
    told = whole["description"], _permissions(whole["permissions"]), tuple(whole["models"])
    if told != (stored.get("description"), frozenset(stored.get("permissions", ())), tuple(stored.get("models", ()))):
        roles.change_in(session, actor, runtime, id, names[id], *told)


def collect_teams(session: Session, address: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        team.name: {
            "entitled": team.entitled,
            "exclusive": team.exclusive,
            "private_networks": list(team.private_networks),
            "default": address.get(team.default_id, "") if team.default_id else "",
        }
        for team in teams.every(session)
    }


def collect_roles(session: Session, patterns: Mapping[UUID, tuple[str, ...]]) -> dict[str, Any]:
    """Those that administrators made: the others ship with the portal."""
    return _roles(session, patterns)


def _roles(session: Session, patterns: Mapping[UUID, tuple[str, ...]], only: UUID | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in people.all_roles(session, None if only is None else [only]):
        if row.built_in is None:
            empty = {"description": row.description, "permissions": [], "models": list(patterns.get(row.id, ()))}
            role = found.setdefault(row.name, empty)
            if row.permission in GRANTABLE:
                role["permissions"] = sorted([*role["permissions"], row.permission])
    return found


def _team(session: Session, name: str) -> TeamRecord | None:
    return next((team for team in teams.every(session) if folded(team.name) == folded(name)), None)


def _permissions(names: tuple[str, ...]) -> frozenset[Permission]:
    unknown = [name for name in names if name not in GRANTABLE]
    if unknown:
        known = ", ".join(sorted(GRANTABLE))
        raise Invalid({"permissions": f"There is no permission “{unknown[0][:60]}”. There are {known}."})
    return frozenset(map(Permission, names))
