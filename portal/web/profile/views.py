"""One's own account: name, password, and where one is signed in."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.people import profile, sessions
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.navigation import home_url
from portal.web.profile import takeout
from portal.web.profile.blueprint import bp
from portal.web.profile.forms import NameForm, PasswordForm
from portal.web.signed_in import signed_in_user

__all__ = ["bp", "takeout"]


@bp.get("", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    name, version = profile.read_name(actor())
    return _page(NameForm(name=name, version=version))


@bp.post("", permission=Permission.SIGNED_IN, typed=True)
def rename() -> ResponseReturnValue:
    form = NameForm()
    if form.validate():
        with form.faults_shown():
            profile.change_name(actor(), runtime(), form.name.data or "", form.version.data or "")
            flash("Your name is saved.", "good")
            return redirect(url_for("profile.index"))
    return _page(form)


@bp.get("/password", permission=Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
    return _password_page(PasswordForm())


@bp.post("/password", permission=Permission.SIGNED_IN, waits=Waits.PASSWORD)
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    user = signed_in_user()
    if form.validate():
        with form.faults_shown():
            ended = profile.change_password(
                actor(),
                runtime(),
                user.session_id,
                form.current.data or "",
                form.new.data or "",
                form.again.data or "",
            )
            flash(f"Your password is changed.{_ended(ended)}", "good")
            return redirect(home_url() if user.must_change_password else url_for("profile.index"))
    return _password_page(form)


@bp.post("/sessions/<uuid:session_id>/end", permission=Permission.SIGNED_IN)
def end_session(session_id: UUID) -> ResponseReturnValue:
    sessions.end_one(actor(), runtime(), session_id)
    flash("That session has ended.", "good")
    return redirect(url_for("profile.index"))


@bp.post("/sessions/end-others", permission=Permission.SIGNED_IN)
def end_others() -> ResponseReturnValue:
    ended = sessions.end_others(actor(), runtime(), signed_in_user().session_id)
    flash(f"You are signed out everywhere else.{_ended(ended)}", "good")
    return redirect(url_for("profile.index"))


def _ended(count: int) -> str:
    if not count:
        return ""
    return " One other session has ended." if count == 1 else f" {count} other sessions have ended."


def _password_page(form: PasswordForm) -> ResponseReturnValue:
    page = render_template("profile/password.html", form=form, set_by=profile.who_set_password(actor()))
    return page, form.status, form.headers


def _page(form: NameForm) -> ResponseReturnValue:
    user = signed_in_user()
    listed = sessions.list_of(actor(), runtime(), user.session_id)
    return render_template("profile/index.html", form=form, sessions=listed), form.status, form.headers
