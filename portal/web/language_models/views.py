"""Models: publish, edit, make the default, delete."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from portal.domain.capabilities import CAPABILITIES, DEFAULT_CAPABILITIES
from portal.domain.errors import Conflict, NotFound
from portal.domain.features import FEATURES, UMBRELLAS
from portal.domain.language_models import GIVEN, LIMITS, PRICES, TAKEN, name_fault
from portal.domain.model_facts import NAMES, abilities_known, is_assumed, source_of
from portal.domain.permissions import Permission
from portal.services.explain import access
from portal.services.health import checks
from portal.services.health import history as check_history
from portal.services.health.history import CheckView
from portal.services.language_models import lifecycle, model_data, publishing
from portal.services.language_models.listing import connected
from portal.services.language_models.previews import preview
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor, can
from portal.web.header_values import address
from portal.web.language_models import discovery, listed, many
from portal.web.language_models.facts import Kind, facts_shown
from portal.web.language_models.forms import ModelForm, PublishForm, form_for, said
from portal.web.language_models.listed import WHOLE
from portal.web.queries import uuid_of

bp = Blueprint("language_models", __name__, url_prefix="/models")
listed.add_routes(bp)
discovery.add_routes(bp)
many.add_routes(bp)

PARTS = tuple(feature for feature in FEATURES if feature.name not in UMBRELLAS)
"""Uses in part, as the form shows them below the whole ones."""

PART = "X-Part"
"""A script that shows a page in the side sheet asks for that part of it alone."""


@bp.get("/new", permission=Permission.PROVIDER_CREATE)
def new() -> ResponseReturnValue:
    return _publish_page(_publish_form())


@bp.post("/new", permission=Permission.PROVIDER_CREATE, typed=True)
def publish() -> ResponseReturnValue:
    form = _publish_form()
    if form.validate_on_submit():
        with form.faults_shown():
            model = publishing.publish(actor(), runtime(), form.provider.data, form.draft(), typed=form.typed())
            flash(f"{model.display_name} is published." + _standing(model), "good")
            return redirect(url_for(".index"))
    return _publish_page(form)


@bp.get("/known", permission=Permission.PROVIDER_CREATE)
def known() -> ResponseReturnValue:
    """What would be filled in of a model that somebody is typing the name of: part of a page. Nobody is asked."""
    provider, wire_name = request.args.get("provider", ""), request.args.get("wire_name", "").strip()
    return render_template("language_models/_known.html", **_known(provider, wire_name))


@bp.get("/<uuid:model_id>/edit", permission=Permission.PROVIDER_EDIT)
def edit(model_id: UUID) -> ResponseReturnValue:
    model = publishing.read(actor(), runtime(), model_id)
    form = form_for(model.type)
    form.fill(model)
    return _edit_page(model, form)


@bp.get("/<uuid:model_id>", permission=Permission.PROVIDER_VIEW)
def show(model_id: UUID) -> ResponseReturnValue:
    """What is set of a model, for those who may look and not change it."""
    model = publishing.read(actor(), runtime(), model_id)
    return render_template(
        "language_models/show.html",
        model=model,
        set_options=[(option, model.options.get(option.name)) for option in form_for(model.type).options],
        uses=[feature.label for feature in FEATURES if feature.name in model.features],
        abilities=[item.label for item in CAPABILITIES.values() if item.name in model.capabilities],
        abilities_known=abilities_known(model.sources) or set(model.capabilities) > set(DEFAULT_CAPABILITIES),
        assumed=is_assumed(model.sources),
        limits=LIMITS,
        prices=PRICES,
        said=said,
    )


@bp.post("/<uuid:model_id>/edit", permission=Permission.PROVIDER_EDIT, typed=True)
def save(model_id: UUID) -> ResponseReturnValue:
    model = publishing.read(actor(), runtime(), model_id)
    form = form_for(model.type)
    if form.validate_on_submit():
        with form.faults_shown():
            changed = publishing.change(actor(), runtime(), model_id, form.draft(), form.version.data or "")
            flash(f"{changed.display_name} is saved.", "good")
            return _go(url_for(".index"))
    return _edit_page(model, form)


@bp.post("/<uuid:model_id>/preview", permission=Permission.PROVIDER_EDIT)
def show_preview(model_id: UUID) -> ResponseReturnValue:
    model = publishing.read(actor(), runtime(), model_id)
    return Response(_previewed(model, form_for(model.type)), mimetype="text/plain")


@bp.post("/<uuid:model_id>/test", permission=Permission.PROVIDER_TEST, waits=Waits.PROVIDER)
def test(model_id: UUID) -> ResponseReturnValue:
    """Ask this very model for one word, as a chat would; the answer stands on its page."""
    model = publishing.read(actor(), runtime(), model_id)
    check = checks.check_saved(actor(), runtime(), model.provider_name, model=model.wire_name, about="model")
    if can(f"{bp.name}.edit"):
        return redirect(url_for(".edit", model_id=model_id, check=check.id))
    return redirect(url_for("health.index", check=check.id))


@bp.post("/<uuid:model_id>/default", permission=Permission.PROVIDER_EDIT)
def make_default(model_id: UUID) -> ResponseReturnValue:
    """One press changes what everybody gets, so one more takes it back: while nobody else has changed it since."""
    instead_of = uuid_of(request.form.get("instead_of"))
    try:
        moved = lifecycle.make_default(actor(), runtime(), model_id, instead_of=instead_of)
    except Conflict as refusal:
        if instead_of is None:
            raise
        flash(str(refusal), "attention")
        return many.back_to_list()
    said = (
        f"{moved.model.display_name} is the default {'again' if instead_of else 'now'}, for everybody who chose none."
    )
    fields = {"instead_of": str(model_id), "back": request.form.get("back", "")}
    undo = url_for(".make_default", model_id=moved.former_id) if moved.former_id and not instead_of else ""
    flash({"text": said, "act": "Undo", "url": undo, "fields": fields} if undo else said, "good")  # type: ignore[arg-type]
    return many.back_to_list()


@bp.post("/<uuid:model_id>/enable", permission=Permission.PROVIDER_EDIT)
def enable(model_id: UUID) -> ResponseReturnValue:
    model = lifecycle.turn(actor(), runtime(), model_id, on=True)
    flash(f"{model.display_name} is on.", "good")
    return many.back_to_list()


@bp.post("/<uuid:model_id>/disable", permission=Permission.PROVIDER_EDIT)
def disable(model_id: UUID) -> ResponseReturnValue:
    model = lifecycle.turn(actor(), runtime(), model_id, on=False)
    flash(f"{model.display_name} is off. Nobody is offered it.", "good")
    return many.back_to_list()


@bp.post("/<uuid:model_id>/move", permission=Permission.PROVIDER_EDIT)
def move(model_id: UUID) -> ResponseReturnValue:
    """A step up or down, to the top, or to a place: before another model or behind all, as a script drags it."""
    way = request.form.get("way")
    if way == "top":
        model = lifecycle.move_to_top(actor(), runtime(), model_id)
    elif way == "place":
        before = request.form.get("before", "")
        if before and uuid_of(before) is None:
            raise NotFound("There is no such model. It may have been deleted.")
        model = lifecycle.move(actor(), runtime(), model_id, before=uuid_of(before))
    else:
        model = lifecycle.step(actor(), runtime(), model_id, up=way == "up")
    if request.headers.get(PART):
        return Response(status=204)
    flash(f"{model.display_name} has moved.", "good")
    return many.back_to_list()


@bp.post("/<uuid:model_id>/delete", permission=Permission.PROVIDER_DELETE)
def delete(model_id: UUID) -> ResponseReturnValue:
    name = lifecycle.delete(actor(), runtime(), model_id)
    flash(f"{name} is deleted.", "good")
    return many.back_to_list()


def _publish_form() -> PublishForm:
    form = PublishForm(provider=request.args.get("provider"))
    form.provider.choices = [
        SelectChoice(entry.name, f"{entry.label} ({entry.name})") for entry in connected(actor(), runtime())
    ]
    return form


def _publish_page(form: PublishForm) -> ResponseReturnValue:
    known = _known(form.provider.data or "", (form.wire_name.data or "").strip())
    return render_template("language_models/new.html", form=form, **known), form.status


def _known(provider: str, wire_name: str) -> dict[str, object]:
    sayable = "" if name_fault(wire_name, longest=300) else wire_name
    types = {entry.name: entry.type for entry in connected(actor(), runtime())}
    tools_missing = model_data.works_by_tools(types.get(provider, ""), sayable)
    known = publishing.known_of(actor(), runtime(), provider, sayable) if sayable else None
    facts = facts_shown(known, tools_missing=tools_missing) if known else ()
    return {"wire_name": sayable, "facts": facts, "data_month": model_data.data_month()}


def _standing(model: publishing.LanguageModelView) -> str:
    """What a person who just published a model would else find out later."""
    if not model.chats:
        return " It is offered for no chat, as it is said not to chat."
    return " It is the default." if model.is_default else ""


def _edit_page(model: publishing.LanguageModelView, form: ModelForm) -> ResponseReturnValue:
    in_page = request.headers.get(PART) != "sheet"
    template = "language_models/edit.html" if in_page else "language_models/_sheet.html"
    page = render_template(
        template,
        model=model,
        form=form,
        who=access.who_may_use(actor(), runtime(), model.id) if in_page and can("explain.index") else None,
        tested=_tested(model),
        upstream=_previewed(model, form),
        umbrellas=WHOLE,
        sub_features=PARTS,
        capabilities=CAPABILITIES,
        limits=LIMITS,
        prices=PRICES,
        takes=[Kind(f"input:{kind}", label) for kind, label in TAKEN.items()],
        gives=[Kind(f"output:{kind}", label) for kind, label in GIVEN.items()],
        came={name: source_of(model.sources, name) for name in NAMES},
        data_month=model_data.data_month(),
    )
    return page, form.status


def _tested(model: publishing.LanguageModelView) -> CheckView | None:
    """The test that was just made of it."""
    check_id = uuid_of(request.args.get("check"))
    return check_history.read_check_of(actor(), check_id, model.provider_id) if check_id else None


def _previewed(model: publishing.LanguageModelView, form: ModelForm) -> str:
    if model.type is None:
        return ""
    return preview(model.type, (form.wire_name.data or "").strip() or model.wire_name, form.typed_options())


def _go(url: str) -> ResponseReturnValue:
    """Lead on; a script in the side sheet is told where instead of being sent there."""
    if request.headers.get(PART):
        return Response(status=204, headers={"X-Go": address(url)})
    return redirect(url)
