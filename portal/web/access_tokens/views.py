"""One's own access tokens: the list, a new one, a new value for one, and the end of one.

A value stands in one answer to a form. No such answer is compressed or kept by a browser (`compression`,
`security_headers`), and no later page can show it.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.domain.access_tokens import only_chats
from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.services.access_tokens.listing import Token
from portal.services.access_tokens.own_tokens import Made
from portal.services.allowances import budget_use
from portal.services.selection import choosing
from portal.web.access_tokens.forms import NewTokenForm, NewValueForm, end_of
from portal.web.context import runtime
from portal.web.guard import Fresh, actor

bp = Blueprint("access_tokens", __name__, url_prefix="/access-tokens")


def _only_chats(form: MultiDict[str, str]) -> bool:
    return only_chats(form.getlist("scopes"))


@bp.get("", permission=Permission.ACCESS_TOKEN)
def index() -> ResponseReturnValue:
    tokens = own_tokens.list_own(actor(), runtime())
    version = choosing.current_catalog(runtime()).version
    budgets = budget_use.of_tokens(runtime(), version, [token.id for token in tokens.living])
    return render_template("access_tokens/index.html", tokens=tokens, budgets=budgets)


@bp.get("/new", permission=Permission.ACCESS_TOKEN)
def new() -> ResponseReturnValue:
    return _new_page(_offered(NewTokenForm()))


@bp.post(
    "/new",
    permission=Permission.ACCESS_TOKEN,
    fresh=Fresh("Creating a token that may do more than chat", unless=_only_chats),
    typed=True,
)
def create() -> ResponseReturnValue:
    form = _offered(NewTokenForm())
    if form.validate():
        with form.faults_shown():
            end = end_of(form.lifetime.data, runtime().now())
            made = own_tokens.create(actor(), runtime(), form.name.data or "", form.scopes.data or [], end)
            return _value_page(made)
    return _new_page(form)


@bp.get("/<uuid:token_id>/replace", permission=Permission.ACCESS_TOKEN)
def new_value(token_id: UUID) -> ResponseReturnValue:
    token = own_tokens.find(actor(), runtime(), token_id)
    return _replace_page(token, NewValueForm(instead_of=token.instead_of))


@bp.post(
    "/<uuid:token_id>/replace",
    permission=Permission.ACCESS_TOKEN,
    fresh=Fresh("Giving a token a new value"),
    typed=True,
)
def replace(token_id: UUID) -> ResponseReturnValue:
    token = own_tokens.find(actor(), runtime(), token_id)
    form = NewValueForm()
    if form.validate():
        with form.faults_shown():
            end = form.end(runtime().now())
            made = own_tokens.replace(
                actor(), runtime(), token_id, form.hours.number or 0, end, form.instead_of.data or ""
            )
            return _value_page(made)
    return _replace_page(token, form)


@bp.post("/<uuid:token_id>/revoke", permission=Permission.ACCESS_TOKEN)
def revoke(token_id: UUID) -> ResponseReturnValue:
    name = own_tokens.revoke(actor(), runtime(), token_id)
    flash(f"The token {name} is revoked. It works nowhere any more.", "good")
    return redirect(url_for("access_tokens.index"))


def _offered(form: NewTokenForm) -> NewTokenForm:
    form.offer(own_tokens.scopes_to_give(actor()))
    return form


def _new_page(form: NewTokenForm) -> ResponseReturnValue:
    groups = own_tokens.scopes_to_give(actor())
    return render_template("access_tokens/new.html", form=form, groups=groups), form.status


def _replace_page(token: Token, form: NewValueForm) -> ResponseReturnValue:
    return render_template("access_tokens/replace.html", token=token, form=form), form.status


def _value_page(made: Made) -> ResponseReturnValue:
    # house: secrets-stay-shut because this is the one page that shows it, to whoever asked for it
    value = made.value.reveal()
    return render_template("access_tokens/value.html", made=made, value=value)
