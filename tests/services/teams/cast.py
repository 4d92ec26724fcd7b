"""Two teams with a manager and a provider each, and a provider of the deployment's."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.language_models import Draft
from portal.domain.people import Actor
from portal.services.language_models import publishing
from portal.services.providers import owners
from portal.services.runtime import Runtime
from portal.services.teams import members, teams
from tests.conftest import Actors
from tests.factories import make_provider


@dataclass(frozen=True)
class Cast:
    """Ids of two teams and of the models `deployment:*`, `red:*` and `blue:*`."""

    red: UUID
    blue: UUID
    models: dict[str, UUID]


def publish(runtime: Runtime, provider: str, name: str) -> UUID:
    draft = Draft(wire_name=name, display_name=name)
    return publishing.publish(Actors.ada, runtime, provider, draft).id


def two_teams(runtime: Runtime) -> Cast:
    """Uma manages Red, Eve manages Blue; both are entitled. The deployment's model is the default."""
    models = {}
    for provider in ("deployment", "red", "blue"):
        make_provider(provider, "demo")
        for name in ("small", "large") if provider != "deployment" else ("small",):
            models[f"{provider}:{name}"] = publish(runtime, provider, name)
    ids = {}
    for name, manager in (("red", Actors.uma), ("blue", Actors.eve)):
        ids[name] = teams.create(Actors.ada, runtime, name.title())
        email = {Actors.uma.id: "uma@example.org", Actors.eve.id: "eve@example.org"}[manager.id]
        members.add_member(Actors.ada, runtime, ids[name], email)
        members.make_manager(Actors.ada, runtime, ids[name], manager.id, on=True)
        teams.entitle(Actors.ada, runtime, ids[name], on=True)
        owners.give(Actors.ada, runtime, name, ids[name])
    return Cast(ids["red"], ids["blue"], models)


def of(actor: Actor, team_id: UUID | None) -> Actor:
    """The actor as a request would bring them: with their team."""
    return Actor(actor.id, actor.label, actor.permissions, actor.address, actor.role_ids, team_id)
