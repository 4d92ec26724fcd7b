"""`POST /teams/{team_id}/members`"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.teams import members
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given
from portal.web.api.team_members.shapes import Member


class NewMember(Given):
    """Whom to put into the team."""

    email: Annotated[str, Field(max_length=254, description="Of somebody with an account.")]


@endpoint("POST", "/teams/{team_id}/members", Permission.TEAM_MANAGE, status=201)
def run(call: Call, team_id: UUID, body: NewMember) -> Member:
    """Put somebody into a team. A person belongs to at most one."""
    user_id = members.add_member(call.actor, call.runtime, team_id, body.email).id
    return Member.model_validate(members.find(call.actor, call.runtime, team_id, user_id))
