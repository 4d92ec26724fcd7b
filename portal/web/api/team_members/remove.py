"""`DELETE /teams/{team_id}/members/{user_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.teams import members
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/teams/{team_id}/members/{user_id}", Permission.TEAM_MANAGE)
def run(call: Call, team_id: UUID, user_id: UUID) -> None:
    """Take somebody out of a team, and off its managers."""
    members.remove_member(call.actor, call.runtime, team_id, user_id)
