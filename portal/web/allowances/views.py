"""Limits and budgets for those who give them; and one's own budgets, which everybody may look at."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.allowances import BUDGETED, LIMITED, Kind
from portal.domain.budgets import dollars
from portal.domain.errors import Invalid, NotFound
from portal.domain.permissions import Permission
from portal.services.allowances import budget_use, setting
from portal.services.allowances.setting import Set
from portal.web.allowances.forms import AllowanceForm, filled
from portal.web.context import runtime
from portal.web.guard import actor

bp = Blueprint("allowances", __name__)

KIND_WORDS = {
    Kind.PROVIDER: ("Provider", "Providers"),
    Kind.USER: ("Person", "People"),
    Kind.ROLE: ("Role, each member", "Roles: each member has that much"),
    Kind.TEAM: ("Team, together", "Teams: all members together"),
    Kind.MEMBER: ("Team, each member", "Teams: each member"),
    Kind.TOKEN: ("Access token", "Access tokens"),
    Kind.APPLICATION: ("Application", "Applications"),
}


KINDS = f"/limits/<any({','.join(sorted(Kind, reverse=True))}):kind>"


@bp.get("/limits", permission=Permission.SETTINGS_EDIT)
def index() -> ResponseReturnValue:
    """All that is set; with `kind` and `q`, what may be set for whom."""
    kind, words = _kind(request.args.get("kind", Kind.USER)), request.args.get("q", "")
    found = setting.find(actor(), kind, words) if "q" in request.args else None
    return render_template(
        "allowances/index.html",
        listed=setting.read(actor()),
        found=found,
        kind=kind,
        words=words,
        kinds=KIND_WORDS,
        said=dollars,
        shown=setting.SHOWN,
    )


@bp.get(KINDS + "/<uuid:id>", permission=Permission.SETTINGS_EDIT)
def edit(kind: str, id: UUID) -> ResponseReturnValue:
    found = setting.show(actor(), _kind(kind), id)
    return _page(found, filled(found))


@bp.post(KINDS + "/<uuid:id>", permission=Permission.SETTINGS_EDIT, typed=True)
def change(kind: str, id: UUID) -> ResponseReturnValue:
    form, named = AllowanceForm(), _kind(kind)
    with form.faults_shown():
        if unread := form.unread():
            raise Invalid(unread)
        setting.change(actor(), runtime(), named, id, form.allowance, form.version.data or "")
        flash("Saved. It counts from the next request on.", "good")
        return redirect(url_for("allowances.index"))
    return _page(setting.show(actor(), named, id), form), form.status


@bp.post("/limits/unpriced", permission=Permission.SETTINGS_EDIT)
def unpriced() -> ResponseReturnValue:
    """Whether people with a budget may use models of unknown price."""
    setting.allow_unpriced(actor(), runtime(), allowed=request.form.get("on") == "yes")
    return redirect(url_for("allowances.index", _anchor="unpriced"))


@bp.post("/usage/mine/budgets/seen", permission=Permission.SIGNED_IN)
def seen() -> ResponseReturnValue:
    """Take the notices of one's own budgets away."""
    budget_use.seen(actor())
    return redirect(url_for("my_usage.index"))


def _kind(name: str) -> Kind:
    if name not in set(Kind):
        raise NotFound
    return Kind(name)


def _page(found: Set, form: AllowanceForm) -> str:
    return render_template(
        "allowances/edit.html",
        found=found,
        form=form,
        word=KIND_WORDS[found.kind][0],
        limited=found.kind in LIMITED,
        budgeted=found.kind in BUDGETED,
    )
