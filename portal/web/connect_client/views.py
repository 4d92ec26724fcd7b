"""The lines for each client, filled in with this portal's address and a model that this person may use.

Nothing here holds a token: the lines have a placeholder, and what is pasted to be checked is in no answer.
"""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import InputRequired

from portal.domain.access_tokens import pasted
from portal.domain.client_recipes import RECIPES
from portal.domain.permissions import Permission
from portal.domain.recipe_blocks import Values, base_of, fill
from portal.services.access_tokens import checking
from portal.services.access_tokens.checking import Checked
from portal.services.gateway import connecting
from portal.web.context import runtime
from portal.web.fields import PortalForm
from portal.web.guard import actor

bp = Blueprint("connect_client", __name__, url_prefix="/connect-a-client")


class CheckForm(PortalForm):
    EDITS = False

    access_token = PasswordField(
        "Token to check",
        description="It is looked up and then forgotten: no page shows it, no log holds it.",
        validators=[InputRequired("Paste the token first.")],
    )


@bp.get("", permission=Permission.ACCESS_TOKEN)
def index() -> ResponseReturnValue:
    return _page(CheckForm(formdata=None))


@bp.post("/check", permission=Permission.ACCESS_TOKEN, typed=True)
def check() -> ResponseReturnValue:
    form, checked = CheckForm(), None
    if form.validate():
        with form.faults_shown():
            checked = checking.check(actor(), runtime(), checking.typed(pasted(form.access_token.data or "")))
            form = CheckForm(formdata=None)
    return _page(form, checked)


def _page(form: CheckForm, checked: Checked | None = None) -> ResponseReturnValue:
    offer = connecting.offer(actor(), runtime(), request.values.get("model", "").strip())
    recipe = RECIPES.get(request.values.get("client", "")) or next(iter(RECIPES.values()))
    values = Values(_base(), offer.model)
    page = render_template(
        "connect_client/index.html",
        recipes=RECIPES.values(),
        recipe=recipe,
        blocks=fill(recipe, values),
        base=base_of(recipe, values),
        token=values.token,
        offer=offer,
        form=form,
        checked=checked,
    )
    return page, form.status


def _base() -> str:
    """Where the portal is reached: as its settings say, else as this browser reached it."""
    return runtime().settings.public_url or request.host_url.rstrip("/") + request.script_root
