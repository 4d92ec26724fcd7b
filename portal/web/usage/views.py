"""What everybody used."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.usage import reading as usage_reading
from portal.web import usage_pages as presentation
from portal.web.admission import Waits
from portal.web.usage_pages import Pages

bp = Blueprint("usage", __name__, url_prefix="/usage")

PAGES = Pages(
    "usage.index",
    "usage.export",
    "Usage",
    "What was used, by whom, with which model and by which client.",
)


@bp.get("", permission=Permission.USAGE_VIEW)
def index() -> ResponseReturnValue:
    """Everybody's usage, or that of the person or team in the address."""
    return presentation.page(usage_reading.read, PAGES)


@bp.get("/export.csv", permission=Permission.USAGE_VIEW, waits=Waits.DOWNLOAD)
def export() -> ResponseReturnValue:
    return presentation.export(usage_reading.lines, usage_reading.requests, PAGES)
