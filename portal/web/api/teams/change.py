"""`PATCH /teams/{team_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.teams import teams
from portal.web.api.operations import Call, endpoint
from portal.web.api.teams.shapes import Team, TeamFields, team_of


@endpoint("PATCH", "/teams/{team_id}", Permission.TEAM_MANAGE, changes=True, versioned=True)
def run(call: Call, team_id: UUID, body: TeamFields) -> Team:
    """Change a team’s name, whether it is exclusive, and which networks its providers may reach."""
    now, sent = teams.find(call.actor, call.runtime, team_id), body.sent
    teams.change(
        call.actor,
        call.runtime,
        team_id,
        sent.get("name", now.team.name),
        exclusive=sent.get("exclusive", now.team.exclusive),
        networks="\n".join(sent.get("networks", now.networks)),
        version=now.version if call.version is None else call.version,
    )
    return team_of(call, teams.find(call.actor, call.runtime, team_id))
