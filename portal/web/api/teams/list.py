"""`GET /teams`"""

from portal.domain.permissions import Permission
from portal.services.teams import teams
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.teams.shapes import TeamLine, line_of


@endpoint("GET", "/teams", Permission.TEAM_MANAGE)
def run(call: Call) -> Page[TeamLine]:
    """List the teams, by name. There is one page of them."""
    return Page(data=[line_of(team) for team in teams.list_for(call.actor, call.runtime)])
