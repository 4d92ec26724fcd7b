"""My team: which model serves it now, and which of its own is to."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.domain.reasons import REASON_WORDS
from portal.services.providers import owners
from portal.services.teams import my_team as service
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.queries import uuid_of

bp = Blueprint("my_team", __name__, url_prefix="/my-team")


@bp.get("", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """The page of a team's managers; for everybody else there is none."""
    return render_template(
        "my_team/index.html",
        team=service.read(actor(), runtime()),
        providers=owners.of_my_team(actor(), runtime()),
        why_not=REASON_WORDS,
    )


@bp.post("/default", permission=Permission.SIGNED_IN)
def choose_default() -> ResponseReturnValue:
    """The team's default becomes one of its own models; without a model, the deployment's default serves."""
    chosen = request.form.get("model", "")
    model_id = uuid_of(chosen)
    if chosen and model_id is None:
        raise NotFound
    name = service.choose_default(actor(), runtime(), model_id)
    flash(f"{name} is the default of your team." if name else "The deployment’s default serves your team.", "good")
    return redirect(url_for("my_team.index"))


@bp.post("/providers/<name>/test", permission=Permission.SIGNED_IN, waits=Waits.PROVIDER)
def test_provider(name: str) -> ResponseReturnValue:
    """Test one of the team's own providers, as a chat would ask it."""
    check = owners.check_own(actor(), runtime(), name)
    flash(check.sentence, check.verdict.level)
    return redirect(url_for("my_team.index"))
