"""What a team used, for its managers; for everybody else there is no such page."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.usage import reading as usage_reading
from portal.web import usage_pages as presentation
from portal.web.admission import Waits
from portal.web.usage_pages import Pages

bp = Blueprint("team_usage", __name__, url_prefix="/my-team/usage")

PAGES = Pages(
    "team_usage.index",
    "team_usage.export",
    "Usage of my team",
    "What the members of your team used while they were in it.",
    team=True,
)


@bp.get("", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """What the team used that one manages, whoever the address names."""
    return presentation.page(usage_reading.read_team, PAGES)


@bp.get("/export.csv", permission=Permission.SIGNED_IN, waits=Waits.DOWNLOAD)
def export() -> ResponseReturnValue:
    return presentation.export(usage_reading.team_lines, usage_reading.team_requests, PAGES)
