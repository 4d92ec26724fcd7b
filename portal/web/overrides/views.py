"""Overrides: one row for each context, the form of a pin, contexts of one's own making, and the gates."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.capabilities import CAPABILITIES
from portal.domain.permissions import Permission
from portal.services.explain import impact
from portal.services.explain.impact import ImpactView
from portal.services.overrides import contexts, gates, pins
from portal.services.overrides.choices import Chosen
from portal.services.overrides.contexts import ContextPage
from portal.services.overrides.pins import ContextRow
from portal.web.context import runtime
from portal.web.guard import Fresh, actor
from portal.web.model_choices import ChoiceForm
from portal.web.overrides.forms import ContextForm, context_form

bp = Blueprint("overrides", __name__, url_prefix="/overrides")


@bp.get("", permission=Permission.PROVIDER_VIEW)
def index() -> ResponseReturnValue:
    return render_template(
        "overrides/index.html",
        rows=pins.list_for(actor(), runtime()),
        gates=gates.list_for(actor(), runtime()),
    )


@bp.get("/models", permission=Permission.PROVIDER_EDIT)
def search() -> ResponseReturnValue:
    """Models for the list below the field, at most fifty."""
    hits = pins.search(actor(), runtime(), request.args.get("context", ""), request.args.get("q", ""))
    return jsonify(models=[{"value": hit.address, "label": hit.display_name, "note": hit.note} for hit in hits])


@bp.get("/pins/<context>", permission=Permission.PROVIDER_EDIT)
def pin(context: str) -> ResponseReturnValue:
    row = pins.find(actor(), runtime(), context)
    chosen = {"model": row.pin.address, "effort": row.pin.effort} if row.pin else {}
    return _pin_page(row, ChoiceForm(formdata=None, version=row.version, **chosen))


@bp.post("/pins/<context>", permission=Permission.PROVIDER_EDIT, typed=True)
def set_pin(context: str) -> ResponseReturnValue:
    row = pins.find(actor(), runtime(), context)
    form = ChoiceForm()
    if request.form.get("do") == "preview":
        return _pin_page(row, form, impact.of_typed_pin(actor(), runtime(), context, form.typed))
    if form.validate():
        with form.faults_shown():
            chosen = pins.pin(actor(), runtime(), context, form.typed, form.version.data or "")
            flash(*_pinned(row, chosen))
            return redirect(url_for("overrides.index"))
    return _pin_page(row, form)


@bp.post("/pins/<context>/clear", permission=Permission.PROVIDER_EDIT)
def clear_pin(context: str) -> ResponseReturnValue:
    cleared = pins.clear(actor(), runtime(), context, request.form.get("version", ""))
    flash(f"Nothing is pinned to {cleared.label} any more.", "good")
    return redirect(url_for("overrides.index"))


@bp.get("/new-context", permission=Permission.PROVIDER_EDIT)
def new_context() -> ResponseReturnValue:
    return _new_page(ContextForm())


@bp.post("/new-context", permission=Permission.PROVIDER_EDIT, typed=True)
def add_context() -> ResponseReturnValue:
    form = ContextForm()
    if form.validate():
        with form.faults_shown():
            draft = form.draft()
            name = contexts.add(actor(), runtime(), draft)
            flash(f"The context {draft.label.strip()} is added. Pin a model to it, or leave it to the default.", "good")
            return redirect(url_for("overrides.pin", context=name))
    return _new_page(form)


@bp.get("/contexts/<context>", permission=Permission.PROVIDER_EDIT)
def edit_context(context: str) -> ResponseReturnValue:
    page = contexts.find(actor(), runtime(), context)
    return _context_page(page, context_form(page.draft, page.version))


@bp.post("/contexts/<context>", permission=Permission.PROVIDER_EDIT, typed=True)
def change_context(context: str) -> ResponseReturnValue:
    page = contexts.find(actor(), runtime(), context)
    form = ContextForm()
    if form.validate():
        with form.faults_shown():
            contexts.change(actor(), runtime(), context, form.draft(context), form.version.data or "")
            flash(f"The context {form.label.data} is saved.", "good")
            return redirect(url_for("overrides.index"))
    return _context_page(page, form)


@bp.post("/contexts/<context>/remove", permission=Permission.PROVIDER_EDIT)
def remove_context(context: str) -> ResponseReturnValue:
    label = contexts.remove(actor(), runtime(), context)
    flash(f"The context {label} is removed.", "good")
    return redirect(url_for("overrides.index"))


@bp.get("/gates/<gate>", permission=Permission.PROVIDER_EDIT)
def gate(gate: str) -> ResponseReturnValue:
    """Whom turning a gate changes, said before it is turned."""
    view = gates.find(actor(), runtime(), gate)
    changes = impact.of_gate(actor(), runtime(), gate, not view.on)
    return render_template("overrides/gate.html", view=view, changes=changes)


@bp.post("/gates/<gate>", permission=Permission.PROVIDER_EDIT, fresh=Fresh("Turning a gate"))
def turn(gate: str) -> ResponseReturnValue:
    view = gates.find(actor(), runtime(), gate)
    on = request.form.get("turn") == "on"
    if request.form.get("turn") not in ("on", "off"):
        return redirect(url_for("overrides.gate", gate=gate))
    turned = gates.turn(actor(), runtime(), gate, on=on)
    flash(f"{view.gate.label}: {'now' if turned else 'already'} {'on' if on else 'off'}, for everybody.", "good")
    return redirect(url_for("overrides.index"))


def _pinned(row: ContextRow, chosen: Chosen) -> tuple[str, str]:
    said = f"{chosen.display_name} is pinned to {row.context.label}"
    if chosen.reason:
        return f"{said}, but cannot be used now: {chosen.reason_words}. It is passed over until it can.", "attention"
    return f"{said}.", "good"


def _pin_page(row: ContextRow, form: ChoiceForm, changes: ImpactView | None = None) -> ResponseReturnValue:
    hits = pins.search(actor(), runtime(), row.context.name, "")
    return render_template("overrides/pin.html", row=row, form=form, hits=hits, changes=changes), form.status


def _new_page(form: ContextForm) -> ResponseReturnValue:
    return render_template("overrides/new_context.html", form=form, explain=_explain()), form.status


def _context_page(page: ContextPage, form: ContextForm) -> ResponseReturnValue:
    answer = render_template("overrides/edit_context.html", page=page, form=form, explain=_explain())
    return answer, form.status


def _explain() -> dict[str, str]:
    return {item.name: item.explanation for item in CAPABILITIES.values()}
