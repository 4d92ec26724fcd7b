"""`PUT /teams/{team_id}/entitled`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.teams import teams
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given
from portal.web.api.teams.shapes import Team, team_of


class Entitled(Given):
    """Whether it may bring its own provider."""

    entitled: bool


@endpoint("PUT", "/teams/{team_id}/entitled", Permission.TEAM_MANAGE, versioned=True)
def run(call: Call, team_id: UUID, body: Entitled) -> Team:
    """Let a team bring its own provider, or withdraw that: all of it is kept, and serves nobody meanwhile."""
    teams.entitle(call.actor, call.runtime, team_id, on=body.entitled)
    return team_of(call, teams.find(call.actor, call.runtime, team_id))
