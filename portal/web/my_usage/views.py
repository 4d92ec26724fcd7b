"""What one used oneself."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.usage import reading as usage_reading
from portal.web import usage_pages as presentation
from portal.web.admission import Waits
from portal.web.usage_pages import Pages

bp = Blueprint("my_usage", __name__, url_prefix="/usage/mine")

PAGES = Pages(
    "my_usage.index",
    "my_usage.export",
    "My usage",
    "What you used, through the chat page and with your access tokens.",
    own=True,
)


@bp.get("", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """One's own usage, whoever the address names."""
    return presentation.page(usage_reading.read_own, PAGES)


@bp.get("/export.csv", permission=Permission.SIGNED_IN, waits=Waits.DOWNLOAD)
def export() -> ResponseReturnValue:
    return presentation.export(usage_reading.own_lines, usage_reading.own_requests, PAGES)
