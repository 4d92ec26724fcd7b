"""Teams: the list, the form, and who belongs to one."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.teams import members
from portal.services.teams import teams as service
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.teams.forms import MemberForm, NewTeamForm, TeamForm

bp = Blueprint("teams", __name__, url_prefix="/people/teams")


@bp.get("", permission=Permission.TEAM_MANAGE)
def index() -> ResponseReturnValue:
    return render_template("teams/index.html", teams=service.list_for(actor(), runtime()))


@bp.get("/new", permission=Permission.TEAM_MANAGE)
def new() -> ResponseReturnValue:
    return render_template("teams/new.html", form=NewTeamForm())


@bp.post("/new", permission=Permission.TEAM_MANAGE, typed=True)
def create() -> ResponseReturnValue:
    form = NewTeamForm()
    if form.validate():
        with form.faults_shown():
            team_id = service.create(actor(), runtime(), form.name.data or "")
            flash(f"The team {form.name.data} is made. Add its members, then let it bring its own provider.", "good")
            return redirect(url_for("teams.show", team_id=team_id))
    return render_template("teams/new.html", form=form), form.status


@bp.get("/<uuid:team_id>", permission=Permission.TEAM_MANAGE)
def show(team_id: UUID) -> ResponseReturnValue:
    page = service.find(actor(), runtime(), team_id)
    return _page(page, _filled(page), MemberForm())


@bp.post("/<uuid:team_id>", permission=Permission.TEAM_MANAGE, typed=True)
def change(team_id: UUID) -> ResponseReturnValue:
    page = service.find(actor(), runtime(), team_id)
    form = TeamForm()
    if form.validate():
        with form.faults_shown():
            service.change(
                actor(),
                runtime(),
                team_id,
                form.name.data or "",
                exclusive=bool(form.exclusive.data),
                networks=form.networks.data or "",
                version=form.version.data or "",
            )
            flash(f"The team {form.name.data} is saved. It applies from the next request of its members.", "good")
            return redirect(url_for("teams.show", team_id=team_id))
    return _page(page, form, MemberForm(formdata=None))


@bp.post("/<uuid:team_id>/members", permission=Permission.TEAM_MANAGE, typed=True)
def add_member(team_id: UUID) -> ResponseReturnValue:
    page = service.find(actor(), runtime(), team_id)
    form = MemberForm()
    if form.validate():
        with form.faults_shown():
            added = members.add_member(actor(), runtime(), team_id, form.email.data or "")
            flash(f"{added.name} belongs to {page.team.name} now.", "good")
            return redirect(url_for("teams.show", team_id=team_id))
    return _page(page, _filled(page), form)


@bp.post("/<uuid:team_id>/members/<uuid:user_id>/remove", permission=Permission.TEAM_MANAGE)
def remove_member(team_id: UUID, user_id: UUID) -> ResponseReturnValue:
    name = members.remove_member(actor(), runtime(), team_id, user_id)
    flash(f"{name} is out of the team.", "good")
    return redirect(url_for("teams.show", team_id=team_id))


@bp.post("/<uuid:team_id>/members/<uuid:user_id>/manager", permission=Permission.TEAM_MANAGE)
def make_manager(team_id: UUID, user_id: UUID) -> ResponseReturnValue:
    on = request.form.get("on") == "yes"
    name = members.make_manager(actor(), runtime(), team_id, user_id, on=on)
    flash(f"{name} manages the team now." if on else f"{name} manages the team no longer.", "good")
    return redirect(url_for("teams.show", team_id=team_id))


@bp.post("/<uuid:team_id>/entitle", permission=Permission.TEAM_MANAGE)
def entitle(team_id: UUID) -> ResponseReturnValue:
    name = service.entitle(actor(), runtime(), team_id, on=True)
    flash(f"{name} may bring its own provider.", "good")
    return redirect(url_for("teams.show", team_id=team_id))


@bp.post("/<uuid:team_id>/withdraw", permission=Permission.TEAM_MANAGE)
def withdraw(team_id: UUID) -> ResponseReturnValue:
    name = service.entitle(actor(), runtime(), team_id, on=False)
    flash(f"{name} may no longer bring its own provider. Everything of it is kept, and serves nobody.", "good")
    return redirect(url_for("teams.show", team_id=team_id))


@bp.post("/<uuid:team_id>/delete", permission=Permission.TEAM_MANAGE)
def delete(team_id: UUID) -> ResponseReturnValue:
    name = service.remove(actor(), runtime(), team_id)
    flash(f"The team {name} is deleted.", "good")
    return redirect(url_for("teams.index"))


def _filled(page: service.TeamPage) -> TeamForm:
    return TeamForm(
        formdata=None,
        name=page.team.name,
        exclusive=page.team.exclusive,
        networks="\n".join(page.networks),
        version=page.version,
    )


def _page(page: service.TeamPage, form: TeamForm, member: MemberForm) -> ResponseReturnValue:
    status = max(form.status, member.status)
    return render_template("teams/show.html", page=page, form=form, member=member), status
