"""One page for those who build pages: look here before making a new part."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.web.components.forms import specimen
from portal.web.components.samples import COLOURS, SAMPLES

bp = Blueprint("components", __name__)


@bp.get("/components", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Every part in its states. Nothing on it is connected to anything."""
    return render_template("components/index.html", form=specimen(), samples=SAMPLES, colours=COLOURS)
