"""One's own API keys: a card for each provider, saved, replaced, tested and removed."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.domain.personal_keys import SWITCHED_OFF
from portal.services.health import personal_checks
from portal.services.personal_keys import listing, own_keys
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.key_form import KeyForm, key_form_for
from portal.web.queries import row_number, uuid_of
from portal.web.rendering import say_fingerprint

bp = Blueprint("personal_keys", __name__, url_prefix="/api-keys")


@bp.get("", permission=Permission.PERSONAL_KEY)
def index() -> ResponseReturnValue:
    """The cards; with `about`, the page on which that provider stands, and with `check`, what its test just said."""
    return _page(around=request.args.get("about", ""))


@bp.get("/<name>", permission=Permission.PERSONAL_KEY)
def enter(name: str) -> ResponseReturnValue:
    """The same with one card open, to enter a key."""
    return _page(around=name, form=_form_of(name, empty=True))


@bp.post("/<name>", permission=Permission.PERSONAL_KEY, typed=True)
def save(name: str) -> ResponseReturnValue:
    form = _form_of(name)
    with form.faults_shown():
        kept = own_keys.save(actor(), runtime(), name, form.pasted)
        for remark in kept.remarks:
            flash(remark, "attention")
        fingerprint = say_fingerprint(kept.fingerprint)
        if kept.changed:
            flash(f"Your key {fingerprint} for {kept.label} is encrypted and saved. Test it now.", "good")
        else:
            flash(f"Your key {fingerprint} for {kept.label} stays as it is: the field was blank.", "good")
        return _to(name)
    return _page(around=name, form=form)


@bp.post("/<name>/test", permission=Permission.PERSONAL_KEY, waits=Waits.PROVIDER)
def test(name: str) -> ResponseReturnValue:
    """Test the key that is saved; the answer stands on its card."""
    return _to(name, check=personal_checks.check_own(actor(), runtime(), name).id)


@bp.post("/<name>/remove", permission=Permission.PERSONAL_KEY)
def remove(name: str) -> ResponseReturnValue:
    gone = own_keys.remove(actor(), runtime(), name)
    flash(f"Your key {say_fingerprint(gone.fingerprint)} for {gone.label} is removed.", "good")
    return _to(name)


@bp.post("/removed/<uuid:provider_id>/read", permission=Permission.PERSONAL_KEY)
def read_removal(provider_id: UUID) -> ResponseReturnValue:
    """What somebody else did to one's key is read, and not told again."""
    own_keys.read_removal(actor(), runtime(), provider_id)
    return redirect(url_for("personal_keys.index"))


def _form_of(name: str, *, empty: bool = False) -> KeyForm:
    form = key_form_for(own_keys.type_of(actor(), runtime(), name))
    return form(formdata=None) if empty else form()


def _page(*, around: str, form: KeyForm | None = None) -> ResponseReturnValue:
    search = "" if around else request.args.get("q", "").strip()
    page = listing.read_page(
        actor(), runtime(), search=search, start=request.args.get("start", 0, type=row_number), around=around
    )
    if form is not None and all(card.name != around for card in page.cards):
        raise NotFound(own_keys.NOT_HERE)
    check_id = uuid_of(request.args.get("check"))
    shown = render_template(
        "personal_keys/index.html",
        page=page,
        search=search,
        form=form,
        open=around if form is not None else "",
        tested=personal_checks.read_own(actor(), check_id) if check_id else None,
        switched_off=SWITCHED_OFF,
    )
    return shown, form.status if form is not None else 200


def _to(name: str, **more: object) -> ResponseReturnValue:
    """Back to the card."""
    return redirect(url_for("personal_keys.index", about=name, **more, _anchor=f"key-{name}"))
