"""A team's own providers: the form of every provider, for those who manage the team, and for nothing but its own."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.language_models import discovery, publishing
from portal.services.language_models.discovery import Discovery
from portal.services.people import team_rights
from portal.services.providers import detail as provider_detail
from portal.services.providers import owners
from portal.services.providers import registry as provider_registry
from portal.services.providers.registry import Saved
from portal.web.admission import Waits
from portal.web.bodies import LISTING
from portal.web.context import runtime
from portal.web.guard import Fresh, actor
from portal.web.provider_pages import FormPages
from portal.web.selected_listings import pack
from portal.web.team_providers.forms import PublishForm

bp = Blueprint("team_providers", __name__, url_prefix="/my-team/providers")


def manager() -> Actor:
    """Whoever asks, acting for the team that they manage. For everybody else there is no such page."""
    return team_rights.as_manager(actor())


def _shown(_saved: Saved) -> str:
    return url_for("my_team.index")


FORM = FormPages(manager, "my_team.index", "My team", _shown)


@bp.get("/connect", permission=Permission.SIGNED_IN)
def connect() -> ResponseReturnValue:
    return FORM.connect()


@bp.post("/connect", permission=Permission.SIGNED_IN, body=LISTING, typed=True)
def register() -> ResponseReturnValue:
    return FORM.register()


@bp.post("/test", permission=Permission.SIGNED_IN, body=LISTING, typed=True, waits=Waits.PROVIDER)
def test() -> ResponseReturnValue:
    return FORM.test()


@bp.post("/discover", permission=Permission.SIGNED_IN, body=LISTING, typed=True, waits=Waits.PROVIDER)
def discover() -> ResponseReturnValue:
    return FORM.discover()


@bp.post("/look", permission=Permission.SIGNED_IN, body=LISTING, typed=True)
def look_over() -> ResponseReturnValue:
    return FORM.look_over()


@bp.get("/<name>/edit", permission=Permission.SIGNED_IN)
def edit(name: str) -> ResponseReturnValue:
    return FORM.edit(name)


@bp.post("/<name>/edit", permission=Permission.SIGNED_IN, body=LISTING, typed=True)
def change(name: str) -> ResponseReturnValue:
    return FORM.change(name)


@bp.get("/<name>/models", permission=Permission.SIGNED_IN)
def models(name: str) -> ResponseReturnValue:
    """Where further models are published. Nothing is asked while the page is drawn."""
    return _models_page(name, PublishForm(formdata=None))


@bp.post("/<name>/models/discover", permission=Permission.SIGNED_IN, body=LISTING, waits=Waits.PROVIDER)
def discover_models(name: str) -> ResponseReturnValue:
    """Ask the provider what it serves; what was typed stays."""
    me = manager()
    return _models_page(name, PublishForm(), discovery.discover(me, runtime(), owners.find_own(me, name)))


@bp.post("/<name>/models", permission=Permission.SIGNED_IN, body=LISTING, typed=True)
def publish(name: str) -> ResponseReturnValue:
    me = manager()
    type = provider_detail.read_detail(me, runtime(), name).type
    form = PublishForm()
    if form.validate():
        with form.faults_shown():
            published = publishing.publish_ticked(me, runtime(), name, form.drafts(type.name))
            count = len(published)
            flash(f"{published[0]} is published." if count == 1 else f"{count} models are published.", "good")
            return redirect(url_for("my_team.index", _anchor="default"))
    return _models_page(name, form)


@bp.post("/<name>/delete", permission=Permission.SIGNED_IN, fresh=Fresh("Deleting a provider"))
def delete(name: str) -> ResponseReturnValue:
    lost = provider_registry.delete(manager(), runtime(), name)
    flash(f"{lost.label} is deleted.", "good")
    return redirect(url_for("my_team.index"))


def _models_page(name: str, form: PublishForm, found: Discovery | None = None) -> ResponseReturnValue:
    detail = provider_detail.read_detail(manager(), runtime(), name)
    page = render_template(
        "team_providers/models.html", detail=detail, form=form, found=found, pack=pack, ticked=form.models.data or []
    )
    return page, form.status
