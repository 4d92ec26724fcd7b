"""`PUT /teams/{team_id}/members/{user_id}/manages`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.teams import members
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given
from portal.web.api.team_members.shapes import Member


class Manages(Given):
    """Whether they manage it."""

    manages: bool


@endpoint("PUT", "/teams/{team_id}/members/{user_id}/manages", Permission.TEAM_MANAGE)
def run(call: Call, team_id: UUID, user_id: UUID, body: Manages) -> Member:
    """Let a member manage the team, or no longer."""
    members.make_manager(call.actor, call.runtime, team_id, user_id, on=body.manages)
    return Member.model_validate(members.find(call.actor, call.runtime, team_id, user_id))
