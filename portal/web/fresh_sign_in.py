"""The page that asks for the password again, and goes on with exactly the act that it was asked for.

It is shown in the place of the act, at the same address. What was sent travels in it, signed for this person and this
address, so that neither another person nor another address takes it, and nobody writes one of their own.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Flask, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer
from markupsafe import Markup
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from wtforms import PasswordField

from portal.domain.errors import Denied
from portal.services.people import fresh_sign_in
from portal.web.context import runtime
from portal.web.errors import page_before, wants_json
from portal.web.fields import NOT_KEPT, PortalForm, given_back
from portal.web.guard import Fresh, actor
from portal.web.signed_in import CurrentUser, current_user, signed_in_user

PENDING = "pending_act"
"""The field that carries the act; no form of the portal has one of this name."""
SALT = "portal.pending-act"
ASKS = "{} asks for your password when you signed in a while ago. Sign in again in a browser, then do it again."


class ProofForm(PortalForm):
    EDITS = False

    password = PasswordField("Your password")


@dataclass(frozen=True)
class Pending:
    """What was sent, secrets aside; `secrets` are the fields that held one. `back` is the page that it came from."""

    sent: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...] = ()
    back: str = ""

    @classmethod
    def of_request(cls, fresh: Fresh) -> "Pending":
        sent = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
        secrets = tuple(name for name, value in sent if name in fresh.secrets and value)
        return cls(tuple(pair for pair in sent if pair[0] not in fresh.secrets), secrets, page_before())

    @property
    def form(self) -> MultiDict[str, str]:
        """The form as it was sent, so that `do` is read here as the view reads it."""
        return MultiDict(self.sent)

    def resume(self) -> None:
        """Let the request be the one that was sent. A form that held a secret says beside it to type it again."""
        request.form = ImmutableMultiDict(self.form)
        g.not_kept = dict.fromkeys(self.secrets, NOT_KEPT)


def install(app: Flask) -> None:
    """Ask before every route that wants a fresh sign-in. It comes after the guard and after CSRF protection."""
    app.before_request(_ask)


def _ask() -> ResponseReturnValue | None:
    fresh: Fresh | None = getattr(request.url_rule, "fresh", None)
    if fresh is None or not current_user.is_authenticated or given_back():
        return None
    me = signed_in_user()
    pending = read(me.id, request.form[PENDING]) if PENDING in request.form else None
    typed = request.form.get("password", "")
    sent = pending or Pending.of_request(fresh)
    form = ProofForm(formdata=None)
    if not fresh_sign_in.is_fresh(runtime(), me.found.proven_at) and fresh.asks(sent.form):
        if wants_json():
            raise Denied(ASKS.format(fresh.action))
        if pending is None:
            return _page(form, me, fresh, sent)
        proven = False
        with form.faults_shown():
            fresh_sign_in.prove(actor(), runtime(), me.session_id, typed, fresh.action)
            proven = True
        if not proven:
            return _page(form, me, fresh, sent)
    if pending is not None:
        pending.resume()
    return None


def _page(form: ProofForm, me: CurrentUser, fresh: Fresh, sent: Pending) -> ResponseReturnValue:
    act = Markup('<input type="hidden" name="{}" value="{}">').format(PENDING, _write(me, sent))
    page = render_template("sessions/prove.html", form=form, action=fresh.action, act=act, back=sent.back)
    return page, form.status if form.errors else 403, form.headers


def _signer(user_id: UUID) -> URLSafeSerializer:
    """It signs for this person and this address."""
    return URLSafeSerializer(str(current_app.secret_key), salt=f"{SALT}:{user_id}:{request.full_path}")


def _write(me: CurrentUser, sent: Pending) -> str:
    signed = _signer(me.id).dumps([sent.sent, sent.secrets, sent.back])
    return signed if isinstance(signed, str) else signed.decode()


def read(user_id: UUID, signed: str) -> Pending:
    """What travelled. An act of another person, of another address, or of nobody is no request that can be read."""
    try:
        pairs, secrets, back = _signer(user_id).loads(signed)
    except BadData:
        abort(400)
    return Pending(tuple((name, value) for name, value in pairs), tuple(secrets), back)
