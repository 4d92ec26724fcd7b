"""`GET /teams/{team_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.teams import teams
from portal.web.api.operations import Call, endpoint
from portal.web.api.teams.shapes import Team, team_of


@endpoint("GET", "/teams/{team_id}", Permission.TEAM_MANAGE, versioned=True)
def run(call: Call, team_id: UUID) -> Team:
    """Read one team."""
    return team_of(call, teams.find(call.actor, call.runtime, team_id))
