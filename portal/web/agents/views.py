"""Agents: one row for each context that people may override, and the form of one's own choice."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.overrides import own
from portal.services.overrides.own import OwnRow
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.model_choices import ChoiceForm

bp = Blueprint("agents", __name__, url_prefix="/agents")


@bp.get("", permission=Permission.PERSONAL_OVERRIDE)
def index() -> ResponseReturnValue:
    return render_template("agents/index.html", page=own.list_mine(actor(), runtime()))


@bp.get("/models", permission=Permission.PERSONAL_OVERRIDE)
def search() -> ResponseReturnValue:
    """Models for the list below the field: those that this person can use, at most fifty."""
    hits = own.search(actor(), runtime(), request.args.get("context", ""), request.args.get("q", ""))
    return jsonify(models=[{"value": hit.address, "label": hit.display_name, "note": ""} for hit in hits])


@bp.get("/choices/<context>", permission=Permission.PERSONAL_OVERRIDE)
def choice(context: str) -> ResponseReturnValue:
    row = own.find_mine(actor(), runtime(), context)
    chosen = {"model": row.choice.address, "effort": row.choice.effort} if row.choice else {}
    return _choice_page(row, ChoiceForm(formdata=None, version=row.version, **chosen))


@bp.post("/choices/<context>", permission=Permission.PERSONAL_OVERRIDE, typed=True)
def set_choice(context: str) -> ResponseReturnValue:
    row = own.find_mine(actor(), runtime(), context)
    form = ChoiceForm()
    if form.validate():
        with form.faults_shown():
            chosen = own.set_mine(actor(), runtime(), context, form.typed, form.version.data or "")
            flash(f"{chosen.display_name} answers for you in {row.context.label}.", "good")
            return redirect(url_for("agents.index"))
    return _choice_page(row, form)


@bp.post("/choices/<context>/clear", permission=Permission.PERSONAL_OVERRIDE)
def clear_choice(context: str) -> ResponseReturnValue:
    cleared = own.clear_mine(actor(), runtime(), context, request.form.get("version", ""))
    flash(f"You have no choice of your own for {cleared.label} any more.", "good")
    return redirect(url_for("agents.index"))


def _choice_page(row: OwnRow, form: ChoiceForm) -> ResponseReturnValue:
    hits = own.search(actor(), runtime(), row.context.name, "")
    return render_template("agents/choice.html", row=row, form=form, hits=hits), form.status
