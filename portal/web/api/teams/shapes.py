"""A team as JSON."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.services.teams.teams import Team as Found
from portal.services.teams.teams import TeamPage
from portal.web.api.operations import Call
from portal.web.api.schemas import Given, Told, Word

Network = Annotated[str, Field(max_length=60)]


class TeamFields(Given):
    """What can be said of a team. What is left out of a change stays as it is."""

    name: Word = ""
    exclusive: Annotated[bool, Field(description="While entitled, members reach only the team’s own models.")] = False
    networks: Annotated[
        Sequence[Network], Field(max_length=50, description="Private networks that its providers may reach.")
    ] = ()


class TeamLine(Told):
    """A team in the list. `entitled`: it may bring its own provider."""

    id: UUID
    name: str
    entitled: bool
    exclusive: bool
    members: int
    providers: int
    managers: Sequence[str]


class OwnedProvider(Told):
    """A provider of the team’s own."""

    name: str
    label: str
    enabled: bool


class Team(TeamLine):
    """A team, whole. `default` is the model that its managers chose, or blank."""

    networks: Sequence[str]
    default: str
    owned: Sequence[OwnedProvider]


def line_of(team: Found) -> TeamLine:
    """A team as the list tells it."""
    return TeamLine.model_validate(team)


def team_of(call: Call, page: TeamPage) -> Team:
    """A team as it is told, with its version in the answer’s head."""
    call.etag = page.version
    owned = [OwnedProvider.model_validate(provider) for provider in page.providers]
    return Team(networks=page.networks, default=page.default, owned=owned, **line_of(page.team).model_dump())
