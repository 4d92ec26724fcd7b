"""`DELETE /teams/{team_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.teams import teams
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/teams/{team_id}", Permission.TEAM_MANAGE)
def run(call: Call, team_id: UUID) -> None:
    """Delete a team in which nobody is left and that owns no provider."""
    teams.remove(call.actor, call.runtime, team_id)
