"""A form that comes too late, when its session is over, is given back with all that was typed: nothing is lost.

Whoever is signed out finds the sign-in in the place of the answer, at the same address. What was sent travels in it,
signed for the person whose page it was and for this address. After signing in the form is drawn as it was sent, and
nothing is done before its button is pressed again. Anybody else who signs in there sees nothing of it. Secrets are
left out: their fields say so. How much is read of a stranger's form is bounded by its length.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, Response, abort, current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, validate_csrf
from itsdangerous import BadData, URLSafeSerializer
from markupsafe import Markup
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from wtforms.validators import ValidationError

from portal.web import form_tokens, known_browsers
from portal.web.bodies import FORM
from portal.web.errors import wants_json
from portal.web.fields import GivenBack
from portal.web.fresh_sign_in import PENDING
from portal.web.fresh_sign_in import read as read_pending
from portal.web.navigation import home_url
from portal.web.signed_in import current_user, signed_in_user
from portal.web.signing_in import SignInForm, try_to_enter
from portal.web.typed_secrets import without_secrets

LATE = "late_form"
"""The field that carries what was sent; no form of the portal has one of this name."""

SALT = "portal.late-form"

GIVEN_BACK = (
    "You were signed out before this arrived, so nothing of it is saved or sent yet. "
    "Here is what you typed: look it over, then press the button again."
)
NOT_KEPT = "A secret is not kept while you are signed out. Type it again."
ANOTHERS = "You are signed in. What was typed before was somebody else’s, and is not shown to you."
SIGN_IN_AGAIN = "This page waited too long. Type your password once more: what you typed before is still here."


@dataclass(frozen=True)
class Late:
    """What was sent, and whose page it came from; `secrets` are the fields that held one, which are left out."""

    owner: UUID
    sent: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]

    @classmethod
    def of_request(cls) -> "Late | None":
        """What was sent just now; None for a form that no page of the portal made for somebody."""
        owner = form_tokens.owner_of(request.form.get(form_tokens.FIELD, ""))
        if owner is None:
            return None
        if PENDING in request.form:  # sent from the page that asks for the password again
            pending = read_pending(owner, request.form[PENDING])
            return cls(owner, *_kept(pending.sent, pending.secrets))
        return cls(owner, *_kept(request.form.items(multi=True)))

    def give_back(self) -> None:
        """Let the request be the one that was sent, of the session that is, and let it only show its form."""
        request.form = ImmutableMultiDict(MultiDict([*self.sent, (form_tokens.FIELD, form_tokens.fresh())]))
        g.given_back = GivenBack({"": GIVEN_BACK} | dict.fromkeys(self.secrets, NOT_KEPT))


def install_before_guard(app: Flask) -> None:
    """Ask whoever is signed out to sign in, before the guard turns the form away."""
    app.before_request(_signed_out)


def install_before_csrf(app: Flask) -> None:
    """Give back what one's own page of an earlier session sent, before CSRF protection refuses it."""
    app.before_request(_of_earlier_session)
    app.after_request(_told)


def _told(response: Response) -> Response:
    """A script learns that nothing was done, and that this page holds a token that counts."""
    if g.get("given_back"):
        response.headers["X-Form"] = "given-back"
    return response


def _signed_out() -> ResponseReturnValue | None:
    if not _is_typed() or current_user.is_authenticated or not _may_be_read():
        return None
    if LATE not in request.form:
        late = Late.of_request()
        return _page(SignInForm(formdata=None), late) if late else None
    late, form = _read(request.form[LATE]), SignInForm()
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        form.show({"": SIGN_IN_AGAIN})
        return _page(form, late)
    if not try_to_enter(form):
        return _page(form, late)
    if signed_in_user().id != late.owner:
        flash(ANOTHERS, "attention")
        return redirect(home_url())
    late.give_back()
    return None


def _of_earlier_session() -> None:
    if not _is_typed() or not current_user.is_authenticated or g.get("given_back"):
        return
    try:
        validate_csrf(request.form.get(form_tokens.FIELD) or request.headers.get("X-CSRFToken"))
    except ValidationError:
        late = _read(request.form[LATE]) if LATE in request.form else Late.of_request()
        if late is not None and late.owner == signed_in_user().id:
            late.give_back()


def _is_typed() -> bool:
    """Whether a page was sent that people typed into; a script keeps what it sends, and is told what to do."""
    typed = request.method == "POST" and getattr(request.url_rule, "typed", False)
    return bool(typed) and not wants_json() and request.accept_mimetypes.accept_html


def _may_be_read() -> bool:
    """A browser that nobody signed in from has no more of its form read than any form may need."""
    return (request.content_length or 0) <= FORM or known_browsers.is_known()


def _page(form: SignInForm, late: Late) -> ResponseReturnValue:
    held = Markup('<input type="hidden" name="{}" value="{}">').format(LATE, _write(late))
    page = render_template("sessions/late.html", form=form, held=held)
    return page, form.status if form.errors else 401, form.headers


def _kept(
    sent: Iterable[tuple[str, str]], missing: Iterable[str] = ()
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What may travel in a page, and the names beside which it is said that something does not."""
    return without_secrets([pair for pair in sent if pair[0] not in (form_tokens.FIELD, LATE, PENDING)], missing)


def _signer() -> URLSafeSerializer:
    """It signs for this address."""
    return URLSafeSerializer(str(current_app.secret_key), salt=f"{SALT}:{request.full_path}")


def _write(late: Late) -> str:
    signed = _signer().dumps([str(late.owner), late.sent, late.secrets])
    return signed if isinstance(signed, str) else signed.decode()


def _read(signed: str) -> Late:
    """What travelled. What nobody signed, or what was sent to another address, is no request that can be read."""
    try:
        owner, pairs, secrets = _signer().loads(signed)
    except BadData:
        abort(400)
    return Late(UUID(owner), tuple((name, value) for name, value in pairs), tuple(secrets))
