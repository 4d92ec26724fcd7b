"""Sign in, sign out, and the one-time link that makes the first administrator."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.people import sessions, set_up
from portal.web import known_browsers, signed_in
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor, allows
from portal.web.navigation import home_url
from portal.web.sessions.forms import SetUpForm
from portal.web.signing_in import SignInForm, try_to_enter

bp = Blueprint("sessions", __name__)


@bp.get("/sign-in", permission=Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    if allows(Permission.SIGNED_IN):
        return redirect(home_url())
    return _endpoint(SignInForm())


@bp.post("/sign-in", permission=Permission.PUBLIC, waits=Waits.PASSWORD)
def enter() -> ResponseReturnValue:
    form = SignInForm()
    if try_to_enter(form):
        return redirect(local_path(request.args.get("next", "")) or home_url())
    return _endpoint(form)


@bp.post("/sign-out", permission=Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    sessions.sign_out(actor(), runtime(), signed_in.signed_in_user().session_id)
    signed_in.leave()
    flash("You are signed out.", "good")
    return redirect(url_for("sessions.sign_in"))


@bp.get("/set-up/<token>", permission=Permission.PUBLIC)
def set_up_form(token: str) -> ResponseReturnValue:
    set_up.require_open(runtime(), token)
    return render_template("sessions/set_up.html", form=SetUpForm())


@bp.post("/set-up/<token>", permission=Permission.PUBLIC, waits=Waits.PASSWORD)
def set_up_first(token: str) -> ResponseReturnValue:
    form = SetUpForm()
    if form.validate():
        with form.faults_shown():
            opened = set_up.create_first(
                runtime(),
                token,
                form.name.data or "",
                form.email.data or "",
                form.password.data or "",
                form.again.data or "",
                signed_in.client_address(),
                signed_in.client_browser(),
            )
            signed_in.enter(opened)
            flash("You are the first administrator. Welcome.", "good")
            return _known(redirect(home_url()), form.email.data or "")
    return render_template("sessions/set_up.html", form=form), form.status, form.headers


def _known(answer: Response, email: str) -> Response:
    known_browsers.remember(answer, email)
    return answer


def local_path(wanted: str) -> str | None:
    """Where to go on after signing in, if it is a path of this portal and nowhere else."""
    # Browsers read a backslash as a slash and drop line breaks and tabs: `/\host` and `/<tab>/host` lead away.
    if not wanted.startswith("/") or "\\" in wanted or any(ord(character) < 33 for character in wanted):
        return None
    # Two slashes begin a host, not a path. (And urlsplit, which would say so too, stumbles over some of those.)
    return None if wanted.startswith("//") else wanted


def _endpoint(form: SignInForm) -> ResponseReturnValue:
    page = render_template("sessions/sign_in.html", form=form, awaits_set_up=set_up.awaited(runtime()))
    return page, form.status, form.headers
