"""Embedding applications: the list, one of them with its keys and how to sign, and what changes them.

A secret stands in one answer to a form. No such answer is compressed or kept by a browser (`compression`,
`security_headers`), and no later page can show it.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain import applications as rules
from portal.domain.application_recipes import Signing, lines_for
from portal.domain.permissions import Permission
from portal.services.applications import keys, registry
from portal.services.applications.keys import Made
from portal.services.applications.listing import Application
from portal.services.selection import reach
from portal.web.applications.forms import ApplicationForm, NewApplicationForm, NewKeyForm
from portal.web.context import runtime
from portal.web.guard import Fresh, actor

bp = Blueprint("applications", __name__, url_prefix="/applications")

VIEW, MANAGE = Permission.APPLICATION_VIEW, Permission.APPLICATION_MANAGE


@bp.get("", permission=VIEW)
def index() -> ResponseReturnValue:
    return render_template("applications/index.html", applications=registry.list_all(actor(), runtime()))


@bp.get("/new", permission=MANAGE)
def new() -> ResponseReturnValue:
    return render_template("applications/new.html", form=NewApplicationForm())


@bp.post(
    "/new",
    permission=MANAGE,
    fresh=Fresh("Registering an application", secrets=("password", "public_key")),
    typed=True,
)
def create() -> ResponseReturnValue:
    form = NewApplicationForm()
    if form.validate():
        with form.faults_shown():
            given = (form.name, form.environments, form.public_key, form.models)
            return _made(registry.register(actor(), runtime(), *(field.data or "" for field in given)))
    return render_template("applications/new.html", form=form), form.status


@bp.get("/<uuid:application_id>", permission=VIEW)
def show(application_id: UUID) -> ResponseReturnValue:
    found = registry.find(actor(), runtime(), application_id)
    drawn = {"environments": found.environments_typed, "models": found.models_typed, "version": found.version}
    return _page(found, ApplicationForm(**drawn))


@bp.post("/<uuid:application_id>", permission=MANAGE, typed=True)
def change(application_id: UUID) -> ResponseReturnValue:
    form = ApplicationForm()
    if form.validate():
        with form.faults_shown():
            typed = (form.environments, form.models, form.version)
            registry.change(actor(), runtime(), application_id, *(field.data or "" for field in typed))
            flash("Saved. It counts from the next request on.", "good")
            return redirect(url_for("applications.show", application_id=application_id))
    return _page(registry.find(actor(), runtime(), application_id), form)


@bp.get("/<uuid:application_id>/key", permission=MANAGE)
def new_key(application_id: UUID) -> ResponseReturnValue:
    found = registry.find(actor(), runtime(), application_id)
    return _key_page(found, NewKeyForm(instead_of=found.current.kid if found.current else ""))


@bp.post(
    "/<uuid:application_id>/key",
    permission=MANAGE,
    fresh=Fresh("Giving an application another key", secrets=("password", "public_key")),
    typed=True,
)
def rotate(application_id: UUID) -> ResponseReturnValue:
    found = registry.find(actor(), runtime(), application_id)
    form = NewKeyForm()
    if form.validate():
        with form.faults_shown():
            given = form.hours.number or 0, form.public_key.data or "", form.instead_of.data or ""
            return _made(keys.rotate(actor(), runtime(), application_id, *given))
    return _key_page(found, form)


@bp.post("/<uuid:application_id>/keys/<uuid:key_id>/end", permission=MANAGE)
def end_key(application_id: UUID, key_id: UUID) -> ResponseReturnValue:
    keys.end(actor(), runtime(), application_id, key_id)
    flash("The older key has ended. What it signed works no more.", "good")
    return redirect(url_for("applications.show", application_id=application_id))


@bp.post("/<uuid:application_id>/turn", permission=MANAGE)
def turn(application_id: UUID) -> ResponseReturnValue:
    on = request.form.get("on") == "yes"
    name = registry.turn(actor(), runtime(), application_id, on=on)
    words = "is on. Its tokens work again." if on else "is off. None of its tokens works until it is on again."
    flash(f"The application {name} {words}", "good")
    return redirect(url_for("applications.show", application_id=application_id))


@bp.post("/<uuid:application_id>/delete", permission=MANAGE, fresh=Fresh("Deleting an application"))
def delete(application_id: UUID) -> ResponseReturnValue:
    name = registry.delete(actor(), runtime(), application_id)
    flash(f"The application {name} is deleted. Its tokens work nowhere any more.", "good")
    return redirect(url_for("applications.index"))


def _page(found: Application, form: ApplicationForm) -> ResponseReturnValue:
    key = found.current
    signing = Signing(_base(), found.name, key.kid, key.algorithm, found.environments[0].audience) if key else None
    page = render_template(
        "applications/show.html",
        application=found,
        form=form,
        lines=lines_for(signing) if signing else (),
        reach=reach.below_ceiling(actor(), runtime(), found.models) if found.models else None,
        rules=rules,
    )
    return page, form.status


def _key_page(found: Application, form: NewKeyForm) -> ResponseReturnValue:
    return render_template("applications/key.html", application=found, form=form), form.status


def _made(made: Made) -> ResponseReturnValue:
    if made.secret is None:
        flash(f"The public key of {made.name} is saved. Its tokens work from now on.", "good")
        return redirect(url_for("applications.show", application_id=made.id))
    # house: secrets-stay-shut because this is the one page that shows it, to whoever asked for it
    value = made.secret.reveal()
    return render_template("applications/secret.html", made=made, value=value)


def _base() -> str:
    """Where the portal is reached: as its settings say, else as this browser reached it."""
    return runtime().settings.public_url or request.host_url.rstrip("/") + request.script_root
