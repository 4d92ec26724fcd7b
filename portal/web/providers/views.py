"""Providers: the list, one's page, and the form that connects, tests, discovers and changes."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.services.providers import listing as provider_listing
from portal.services.providers import registry as provider_registry
from portal.services.providers.listing import Order, Tab
from portal.services.providers.registry import Saved
from portal.web.admission import Waits
from portal.web.bodies import LISTING
from portal.web.context import runtime
from portal.web.guard import Fresh, actor
from portal.web.provider_pages import FormPages
from portal.web.providers import keys, personal_keys
from portal.web.providers.blueprint import bp
from portal.web.providers.detail_page import show_page
from portal.web.queries import member, uuid_of

__all__ = ["bp", "keys", "personal_keys"]

TAB_LABELS = {
    Tab.ALL: "All",
    Tab.OK: "OK",
    Tab.ATTENTION: "Attention",
    Tab.FAILING: "Failing",
    Tab.UNTESTED: "Never tested",
    Tab.OFF: "Off",
}


def _shown(saved: Saved) -> str:
    return url_for("providers.show", name=saved.name)


FORM = FormPages(actor, "providers.index", "Providers", _shown)


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
    return FORM.connect()


@bp.post("/connect", permission=Permission.PROVIDER_CREATE, body=LISTING, typed=True)
def register() -> ResponseReturnValue:
    return FORM.register()


@bp.post("/test", permission=Permission.PROVIDER_TEST, body=LISTING, typed=True, waits=Waits.PROVIDER)
def test() -> ResponseReturnValue:
    return FORM.test()


@bp.post("/discover", permission=Permission.PROVIDER_TEST, body=LISTING, typed=True, waits=Waits.PROVIDER)
def discover() -> ResponseReturnValue:
    return FORM.discover()


@bp.post("/look", permission=Permission.PROVIDER_TEST, body=LISTING, typed=True)
def look_over() -> ResponseReturnValue:
    return FORM.look_over()


@bp.get("/<name>", permission=Permission.PROVIDER_VIEW)
def show(name: str) -> ResponseReturnValue:
    """A provider's page; with `check`, the result of the test that was just made."""
    return show_page(name, check_id=uuid_of(request.args.get("check")))


@bp.get("/<name>/edit", permission=Permission.PROVIDER_EDIT)
def edit(name: str) -> ResponseReturnValue:
    return FORM.edit(name)


@bp.post("/<name>/edit", permission=Permission.PROVIDER_EDIT, body=LISTING, typed=True)
def change(name: str) -> ResponseReturnValue:
    return FORM.change(name)


@bp.post("/<name>/test", permission=Permission.PROVIDER_TEST, waits=Waits.PROVIDER)
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


@bp.post("/<name>/delete", permission=Permission.PROVIDER_DELETE, fresh=Fresh("Deleting a provider"))
def delete(name: str) -> ResponseReturnValue:
    lost = provider_registry.delete(actor(), runtime(), name)
    flash(f"{lost.label} is deleted.", "good")
    return redirect(url_for("providers.index"))
