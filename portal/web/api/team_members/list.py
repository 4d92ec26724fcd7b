"""`GET /teams/{team_id}/members`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.teams import members
from portal.web.api import cursors
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Paged
from portal.web.api.team_members.shapes import Member


@endpoint("GET", "/teams/{team_id}/members", Permission.TEAM_MANAGE)
def run(call: Call, team_id: UUID, query: Paged) -> Page[Member]:
    """List who belongs to a team, its managers first."""
    place = cursors.read(query.cursor, cursors.count)
    start = place[0] if place else 0
    found = members.list_for(call.actor, call.runtime, team_id, start=start, size=query.limit)
    return Page(
        data=[Member.model_validate(one) for one in found.members],
        next=cursors.write(start + query.limit) if found.more else None,
    )
