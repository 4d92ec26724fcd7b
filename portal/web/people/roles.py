"""Roles: the list, the tick boxes, and who holds what."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import PERMISSION_GROUPS, Permission
from portal.services.explain import impact
from portal.services.people import roles as service
from portal.services.selection import reach as reaching
from portal.web.bodies import TEXT
from portal.web.context import runtime
from portal.web.guard import Fresh, actor
from portal.web.people.blueprint import bp, id_from_text
from portal.web.people.forms import RoleForm
from portal.web.queries import uuid_of

CHANGES_ROLE = Fresh("Changing a role", but_for=("preview",))


@bp.get("/roles", permission=Permission.ROLE_MANAGE)
def roles() -> ResponseReturnValue:
    return render_template("people/roles.html", roles=service.list_for(actor(), runtime()), groups=PERMISSION_GROUPS)


@bp.get("/roles/new", permission=Permission.ROLE_MANAGE)
def new_role() -> ResponseReturnValue:
    copied = id_from_text(request.args.get("copy"))
    if copied is None:
        return _new_page(RoleForm())
    page = service.find(actor(), runtime(), copied)
    role = page.role
    mine = service.permissions_to_give(actor(), runtime())
    form = RoleForm(
        name=f"{role.name[:70]} (copy)",
        description=role.description,
        permissions=[permission.value for permission in role.permissions & mine],
        models=page.models,
    )
    return _new_page(form, copied=role.name, left_out=len(role.permissions - mine))


@bp.get("/roles/reach", permission=Permission.ROLE_MANAGE)
def reach() -> ResponseReturnValue:
    """What patterns reach, and whom they change, as part of a page: asked for while somebody writes them."""
    patterns, role_id = request.args.get("patterns", ""), uuid_of(request.args.get("role"))
    found = reaching.preview(actor(), runtime(), patterns)
    changes = impact.of_typed_patterns(actor(), runtime(), role_id, patterns) if role_id else None
    return render_template("people/_reach.html", reach=found, changes=changes)


@bp.post("/roles/new", permission=Permission.ROLE_MANAGE, body=TEXT, typed=True)
def create_role() -> ResponseReturnValue:
    form = RoleForm()
    if _only_previews():
        return _new_page(form)
    if form.validate():
        with form.faults_shown():
            service.create(
                actor(),
                runtime(),
                form.name.data or "",
                form.description.data or "",
                _ticked(form),
                form.models.data or "",
            )
            flash(f"The role {form.name.data} is made.", "good")
            return redirect(url_for("people.roles"))
    return _new_page(form)


@bp.get("/roles/<uuid:role_id>", permission=Permission.ROLE_MANAGE)
def role(role_id: UUID) -> ResponseReturnValue:
    page = service.find(actor(), runtime(), role_id)
    form = RoleForm(
        name=page.role.name,
        description=page.role.description,
        permissions=[permission.value for permission in page.role.permissions],
        models=page.models,
        version=page.version,
    )
    return _edit_page(page, form)


@bp.post("/roles/<uuid:role_id>", permission=Permission.ROLE_MANAGE, fresh=CHANGES_ROLE, body=TEXT, typed=True)
def change_role(role_id: UUID) -> ResponseReturnValue:
    page = service.find(actor(), runtime(), role_id)
    form = RoleForm()
    if _only_previews():
        return _edit_page(page, form)
    if form.validate():
        with form.faults_shown():
            service.change(
                actor(),
                runtime(),
                role_id,
                form.name.data or "",
                form.description.data or "",
                _ticked(form),
                form.models.data or "",
                form.version.data or "",
            )
            flash(
                f"The role {form.name.data} is saved. It applies from the next click of everybody who has it.", "good"
            )
            return redirect(url_for("people.roles"))
    return _edit_page(page, form)


@bp.post("/roles/<uuid:role_id>/delete", permission=Permission.ROLE_MANAGE)
def delete_role(role_id: UUID) -> ResponseReturnValue:
    name = service.remove(actor(), runtime(), role_id)
    flash(f"The role {name} is deleted.", "good")
    return redirect(url_for("people.roles"))


def _only_previews() -> bool:
    """Whether the form was sent to see what its patterns reach, and not to be saved."""
    return request.form.get("do") == "preview"


def _ticked(form: RoleForm) -> list[Permission]:
    return [Permission(value) for value in form.permissions.data or []]


def _new_page(form: RoleForm, copied: str = "", left_out: int = 0) -> ResponseReturnValue:
    mine = service.permissions_to_give(actor(), runtime())
    page = render_template(
        "people/new_role.html",
        form=form,
        mine=mine,
        groups=PERMISSION_GROUPS,
        copied=copied,
        left_out=left_out,
        reach=reaching.preview(actor(), runtime(), form.models.data or ""),
    )
    return page, form.status


def _edit_page(page: service.RolePage, form: RoleForm) -> ResponseReturnValue:
    if not page.role.reachable:
        found = reaching.preview(actor(), runtime(), page.models)
        return render_template("people/role.html", page=page, groups=PERMISSION_GROUPS, reach=found), form.status
    answer = render_template(
        "people/edit_role.html",
        form=form,
        page=page,
        mine=service.permissions_to_give(actor(), runtime()),
        groups=PERMISSION_GROUPS,
        reach=reaching.preview(actor(), runtime(), form.models.data or ""),
        changes=impact.of_typed_patterns(actor(), runtime(), page.role.id, form.models.data or ""),
    )
    return answer, form.status
