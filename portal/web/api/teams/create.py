"""`POST /teams`"""

from portal.domain.permissions import Permission
from portal.services.teams import teams
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Word
from portal.web.api.teams.shapes import Team, team_of


class NewTeam(Given):
    """A team to make: with nobody in it, and not entitled yet."""

    name: Word


@endpoint("POST", "/teams", Permission.TEAM_MANAGE, status=201, versioned=True)
def run(call: Call, body: NewTeam) -> Team:
    """Make a team."""
    return team_of(call, teams.find(call.actor, call.runtime, teams.create(call.actor, call.runtime, body.name)))
