"""Users: the list, the form, and what can be done to an account."""

from typing import TypeVar
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.access_tokens import peoples_tokens
from portal.services.people import users
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import Fresh, actor
from portal.web.people.blueprint import bp, id_from_text, place_as_text, place_from_text
from portal.web.people.forms import NewPersonForm, PersonForm

Form = TypeVar("Form", bound=PersonForm)
STATES = {"active": True, "disabled": False}


@bp.get("", permission=Permission.USER_MANAGE)
def index() -> ResponseReturnValue:
    q, state = request.args.get("q", "").strip(), request.args.get("state", "")
    role_id = id_from_text(request.args.get("role"))
    crowd = users.list_for(
        actor(),
        runtime(),
        term=q,
        enabled=STATES.get(state),
        role_id=role_id,
        after=place_from_text(request.args.get("after")),
        before=place_from_text(request.args.get("before")),
    )
    kept = {"q": q or None, "state": state if state in STATES else None, "role": role_id}
    return render_template(
        "people/index.html",
        people=crowd.people,
        role=next((role for person in crowd.people for role in person.roles if role.id == role_id), None),
        kept=kept,
        before=url_for("people.index", **kept, before=place_as_text(crowd.before)) if crowd.before else None,
        after=url_for("people.index", **kept, after=place_as_text(crowd.after)) if crowd.after else None,
    )


@bp.get("/new", permission=Permission.USER_MANAGE)
def new() -> ResponseReturnValue:
    return _new_page(_offer(NewPersonForm()))


@bp.post("/new", permission=Permission.USER_MANAGE, fresh=Fresh("Making an account"), typed=True)
def create() -> ResponseReturnValue:
    form = _offer(NewPersonForm())
    if form.validate():
        with form.faults_shown():
            made = users.create(
                actor(),
                runtime(),
                form.name.data or "",
                form.email.data or "",
                _ticked(form),
                form.password.data or "",
            )
            if form.password.data:
                flash(f"{made.name} has an account.", "good")
                return redirect(url_for("people.index"))
            return render_template("people/password.html", credentials=made, made=True)
    return _new_page(form)


@bp.get("/<uuid:user_id>", permission=Permission.USER_MANAGE)
def edit(user_id: UUID) -> ResponseReturnValue:
    person = users.find(actor(), runtime(), user_id)
    form = PersonForm(
        name=person.name, email=person.email, roles=[str(role.id) for role in person.roles], version=person.version
    )
    return _edit_page(person, _offer(form))


@bp.post("/<uuid:user_id>", permission=Permission.USER_MANAGE, fresh=Fresh("Changing what somebody may do"), typed=True)
def change(user_id: UUID) -> ResponseReturnValue:
    person = users.find(actor(), runtime(), user_id)
    form = _offer(PersonForm())
    if form.validate():
        with form.faults_shown():
            users.change(
                actor(),
                runtime(),
                user_id,
                form.name.data or "",
                form.email.data or "",
                _ticked(form),
                form.version.data or "",
            )
            flash(f"{form.name.data} is saved.", "good")
            return redirect(url_for("people.index"))
    return _edit_page(person, form)


@bp.post("/<uuid:user_id>/disable", permission=Permission.USER_MANAGE)
def disable(user_id: UUID) -> ResponseReturnValue:
    name = users.disable(actor(), runtime(), user_id)
    flash(f"{name} is disabled and signed out everywhere.", "good")
    return redirect(url_for("people.edit", user_id=user_id))


@bp.post("/<uuid:user_id>/enable", permission=Permission.USER_MANAGE, fresh=Fresh("Letting somebody in again"))
def enable(user_id: UUID) -> ResponseReturnValue:
    name = users.enable(actor(), runtime(), user_id)
    flash(f"{name} can sign in again.", "good")
    return redirect(url_for("people.edit", user_id=user_id))


@bp.post(
    "/<uuid:user_id>/reset-password",
    permission=Permission.USER_MANAGE,
    fresh=Fresh("Making a new password"),
    waits=Waits.PASSWORD,
)
def reset_password(user_id: UUID) -> ResponseReturnValue:
    credentials = users.reset_password(actor(), runtime(), user_id)
    return render_template("people/password.html", credentials=credentials, made=False)


@bp.post("/<uuid:user_id>/tokens/<uuid:held_token_id>/revoke", permission=Permission.USER_MANAGE)
def revoke_token(user_id: UUID, held_token_id: UUID) -> ResponseReturnValue:
    name = peoples_tokens.revoke(actor(), runtime(), user_id, held_token_id)
    flash(f"The token {name} is revoked. It works nowhere any more.", "good")
    return redirect(url_for("people.edit", user_id=user_id))


@bp.post("/<uuid:user_id>/delete", permission=Permission.USER_MANAGE, fresh=Fresh("Deleting a user"))
def delete(user_id: UUID) -> ResponseReturnValue:
    name = users.remove(actor(), runtime(), user_id)
    flash(f"{name} is deleted.", "good")
    return redirect(url_for("people.index"))


def _offer(form: Form) -> Form:
    form.offer(users.roles_to_give(actor(), runtime()))
    return form


def _ticked(form: PersonForm) -> list[UUID]:
    return [UUID(value) for value in form.roles.data or []]


def _new_page(form: NewPersonForm) -> ResponseReturnValue:
    return render_template("people/new.html", form=form), form.status


def _edit_page(person: users.Person, form: PersonForm) -> ResponseReturnValue:
    loss = users.what_goes_with(actor(), runtime(), person.id)
    tokens = peoples_tokens.list_of(actor(), runtime(), person.id)
    return render_template("people/edit.html", person=person, form=form, loss=loss, tokens=tokens), form.status
