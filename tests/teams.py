"""A team that has everything a page can show of one: members, a manager, a provider with models, and a default."""

from dataclasses import dataclass, replace
from uuid import UUID

from portal.services.people import team_rights
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.services.teams import members, my_team, teams
from tests.conftest import Actors, Person


@dataclass(frozen=True)
class Furnished:
    """The team, its manager, and the name of its provider."""

    id: UUID
    manager: Person
    provider: str


def furnish_team(runtime: Runtime, *, name: str = "Red", manager: str = "uma", member: str = "eve") -> Furnished:
    """Make a team that an administrator entitles, and let its manager connect the demo and choose its model."""
    team_id = teams.create(Actors.ada, runtime, name)
    for who in (manager, member):
        members.add_member(Actors.ada, runtime, team_id, Actors.cast[who].email)
    person = Actors.cast[manager]
    members.make_manager(Actors.ada, runtime, team_id, person.id, on=True)
    page = teams.find(Actors.ada, runtime, team_id)
    teams.change(
        Actors.ada, runtime, team_id, name, exclusive=False, networks="10.1.2.0/24\nfd00::/8", version=page.version
    )
    teams.entitle(Actors.ada, runtime, team_id, on=True)
    actor = replace(person.actor, team_id=team_id)
    provider = f"{name.lower()}-demo"
    registry.register(team_rights.as_manager(actor), runtime, Draft("demo", name=provider, label=f"{name}’s demo"))
    my_team.choose_default(actor, runtime, my_team.read(actor, runtime).models[0].id)
    return Furnished(team_id, person, provider)
