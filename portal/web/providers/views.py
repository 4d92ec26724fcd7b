"""Providers: the list, one's page, and the form that connects, tests, discovers and changes."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.dialects.provider_types.shape import KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.services import onboarding
from portal.services.health import checks
from portal.services.health.history import CheckView
from portal.services.language_models.discovery import Discovery
from portal.services.providers import detail as provider_detail
from portal.services.providers import draft_checks, owners
from portal.services.providers import drafts as provider_drafts
from portal.services.providers import listing as provider_listing
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.providers.listing import Order, Tab
from portal.services.providers.registry import Saved
from portal.services.teams import teams
from portal.web import just_connected
from portal.web.bodies import LISTING
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.providers import keys, personal_keys
from portal.web.providers.blueprint import bp
from portal.web.providers.detail_page import show_page
from portal.web.providers.forms import SETTING, ProviderForm, filled, form_for, kind_named
from portal.web.queries import member, uuid_of
from portal.web.selected_listings import pack

__all__ = ["bp", "keys", "personal_keys"]

TAB_LABELS = {
    Tab.ALL: "All",
    Tab.OK: "OK",
    Tab.ATTENTION: "Attention",
    Tab.FAILING: "Failing",
    Tab.UNTESTED: "Never tested",
    Tab.OFF: "Off",
}


USUAL_TYPES = frozenset(
    ("openai", "azure", "anthropic", "google", "bedrock", "ollama", "openrouter", "openai_compatible", "demo")
)
"""The cards that are seen at once; the others are one press away."""


@bp.get("", permission=Permission.PROVIDER_VIEW)
def index() -> ResponseReturnValue:
    """One row per account at a provider."""
    search = request.args.get("q", "").strip()
    tab, order = member(Tab, request.args.get("show"), Tab.ALL), member(Order, request.args.get("sort"), Order.STATUS)
    listing = provider_listing.list_for(
        actor(),
        runtime(),
        search=search,
        tab=tab,
        order=order,
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
    )
    return render_template(
        "providers/index.html",
        listing=listing,
        search=search,
        tab=tab,
        tabs=TAB_LABELS,
        order=order,
        types=tuple(TYPES.values()),
    )


@bp.get("/connect", permission=Permission.PROVIDER_CREATE)
def connect() -> ResponseReturnValue:
    """The form of one type, prefilled; another card leads here with its type."""
    kind = kind_named(request.args.get("type"))
    name = request.args.get("name") or provider_registry.suggest_name(actor(), kind.name)
    label = request.args.get("label", "")
    return _connect_page(filled(Draft(kind.name, name=name, label=label, base_url=kind.base_url)))


@bp.post("/connect", permission=Permission.PROVIDER_CREATE, body=LISTING)
def register() -> ResponseReturnValue:
    """Save a new provider with its key and its models."""
    kind = kind_named(request.form.get("type"))
    if request.form.get("do") == "type":
        return _connect_page(_as_type(kind, request.form.get("shown_type")))
    form = form_for(kind)()
    if request.form.get("do") == "header":
        return _connect_page(_with_row(form))
    with form.faults_shown():
        saved = provider_registry.register(actor(), runtime(), form.draft, form.model_drafts)
        for notice in saved.notices:
            flash(notice, "attention")
        flash(_connected(saved), "good")
        just_connected.remember(saved.name)
        return redirect(url_for("providers.show", name=saved.name))
    return _connect_page(form)


@bp.post("/test", permission=Permission.PROVIDER_TEST, body=LISTING)
def test() -> ResponseReturnValue:
    """Test a form as it stands; the page comes back with the result and all that was typed, the key aside."""
    form = form_for(kind_named(request.form.get("type")))()
    check = None
    with form.faults_shown():
        check, prepared = draft_checks.check_draft(actor(), runtime(), form.draft, form.saved_name.data or "")
        form.tidy(prepared)
    return _form_page(form, check=check)


@bp.post("/discover", permission=Permission.PROVIDER_TEST, body=LISTING)
def discover() -> ResponseReturnValue:
    """List the models behind a form that is not saved yet, to be ticked."""
    form = form_for(kind_named(request.form.get("type")))()
    found = None
    with form.faults_shown():
        found, prepared = draft_checks.discover_draft(actor(), runtime(), form.draft, form.saved_name.data or "")
        form.tidy(prepared)
    return _form_page(form, found=found)


@bp.post("/look", permission=Permission.PROVIDER_TEST, body=LISTING)
def look_over() -> ResponseReturnValue:
    """Take apart what was pasted into a form, before anything is asked; with `switch_to`, as another type's form."""
    if request.form.get("switch_to"):
        return _form_page(_as_type(kind_named(request.form["switch_to"]), request.form.get("type")))
    form = form_for(kind_named(request.form.get("type")))()
    return _form_page(_looked_over(form))


@bp.get("/<name>", permission=Permission.PROVIDER_VIEW)
def show(name: str) -> ResponseReturnValue:
    """A provider's page; with `check`, the result of the test that was just made."""
    return show_page(name, check_id=uuid_of(request.args.get("check")))


@bp.get("/<name>/edit", permission=Permission.PROVIDER_EDIT)
def edit(name: str) -> ResponseReturnValue:
    draft, version = provider_registry.read_draft(actor(), name)
    return _edit_page(filled(draft, version=version, saved=True))


@bp.post("/<name>/edit", permission=Permission.PROVIDER_EDIT, body=LISTING)
def change(name: str) -> ResponseReturnValue:
    form = form_for(kind_named(request.form.get("type")))()
    form.saved_name.data = name
    if request.form.get("do") == "header":
        return _edit_page(_with_row(form))
    with form.faults_shown():
        saved = provider_registry.change(actor(), runtime(), name, form.draft, form.version.data or "")
        for notice in saved.notices:
            flash(notice, "attention")
        if saved.needs_key_again:
            flash(f"{saved.label} has a new address and needs its key again. Enter it below.", "attention")
        flash(f"{saved.label} is saved.", "good")
        return redirect(url_for("providers.show", name=saved.name))
    return _edit_page(form)


@bp.post("/<name>/test", permission=Permission.PROVIDER_TEST)
def test_saved(name: str) -> ResponseReturnValue:
    """Test a saved provider, as a chat would ask it."""
    try:
        check = checks.check_saved(actor(), runtime(), name, model=request.form.get("test_model", "").strip())
    except Invalid as invalid:  # this page has no field to say it at
        flash(invalid.sentence, "attention")
        return redirect(url_for("providers.show", name=name, _anchor="s-now"))
    return redirect(url_for("providers.show", name=name, check=check.id, _anchor="s-now"))


@bp.post("/<name>/enable", permission=Permission.PROVIDER_EDIT)
def enable(name: str) -> ResponseReturnValue:
    saved = provider_registry.turn(actor(), runtime(), name, on=True)
    flash(f"{saved.label} serves again.", "good")
    return redirect(url_for("providers.show", name=name))


@bp.post("/<name>/disable", permission=Permission.PROVIDER_EDIT)
def disable(name: str) -> ResponseReturnValue:
    saved = provider_registry.turn(actor(), runtime(), name, on=False)
    flash(f"{saved.label} is turned off. It keeps everything and serves nobody.", "good")
    return redirect(url_for("providers.show", name=name))


@bp.post("/<name>/delete", permission=Permission.PROVIDER_DELETE)
def delete(name: str) -> ResponseReturnValue:
    lost = provider_registry.delete(actor(), runtime(), name)
    flash(f"{lost.label} is deleted.", "good")
    return redirect(url_for("providers.index"))


def _as_type(kind: ProviderType, shown: str | None) -> ProviderForm:
    """What was sent as the form of another type. `shown` names the one whose fields were filled in."""
    form = form_for(kind)()
    if was := TYPES.get(shown or ""):
        suggested = {type.name: provider_registry.suggest_name(actor(), type.name) for type in (was, kind)}
        settings = {item.name: request.form.get(f"{SETTING}{item.name}", "") for item in was.settings}
        form.become(was, suggested, settings)
    return _looked_over(form)


def _looked_over(form: ProviderForm) -> ProviderForm:
    """The form with what was pasted taken apart, and with what cannot stay as it is; blanks are no faults yet."""
    with form.blanks_forgiven():
        form.tidy(provider_drafts.read_over(actor(), runtime(), form.draft))
    return form


def _with_row(form: ProviderForm) -> ProviderForm:
    """The form with one more row of headers, and with a word on keys that were taken out."""
    form.extra_headers.append_blank()
    form.show(form.taken)
    return form


def _connected(saved: Saved) -> str:
    models = {0: "no models yet", 1: "one model"}.get(saved.models, f"{saved.models} models")
    return f"{saved.label} is connected, with {models}."


def _offer_owners(form: ProviderForm) -> None:
    """Whose the provider may be, for those who may say so; while there are no teams, nobody is asked."""
    if owners.may_give(actor()):
        form.offer_owners(teams.names_for(actor(), runtime()))


def _form_page(
    form: ProviderForm, *, check: CheckView | None = None, found: Discovery | None = None
) -> ResponseReturnValue:
    page = _edit_page if form.saved_name.data else _connect_page
    return page(form, check=check, found=found)


def _connect_page(
    form: ProviderForm, *, check: CheckView | None = None, found: Discovery | None = None
) -> ResponseReturnValue:
    _offer_owners(form)
    page = render_template(
        "providers/connect.html",
        form=form,
        kind=form.kind,
        types=tuple(TYPES.values()),
        usual=USUAL_TYPES,
        check=check,
        found=found,
        pack=pack,
        asks_key=form.kind.key is not KeyRule.NONE,
        found_variable=onboarding.variable_of(runtime(), form.kind),
    )
    return page, form.status


def _edit_page(
    form: ProviderForm, *, check: CheckView | None = None, found: Discovery | None = None
) -> ResponseReturnValue:
    detail = provider_detail.read_detail(actor(), runtime(), form.saved_name.data or "")
    _offer_owners(form)
    page = render_template(
        "providers/edit.html",
        form=form,
        kind=form.kind,
        detail=detail,
        check=check,
        found=found,
        asks_key=form.kind.key is not KeyRule.NONE,
    )
    return page, form.status
