"""What a form would change if it were saved as it stands: a part of its page, asked for while somebody fills it in.

Nothing is said of what cannot be saved: the form itself does that.
"""

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.explain import belonging, impact, purposes
from portal.services.explain.impact import ImpactView
from portal.services.explain.purposes import Abilities
from portal.services.overrides.choices import Typed
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.queries import uuid_of


def add_routes(bp: Blueprint) -> None:
    """Put the routes on the blueprint of the explanation."""
    bp.get("/typed/pins/<context>", permission=Permission.PROVIDER_EDIT)(of_typed_pin)
    bp.get("/typed/teams/<uuid:team_id>", permission=Permission.TEAM_MANAGE)(of_typed_team)
    bp.get("/typed/teams/<uuid:team_id>/members", permission=Permission.TEAM_MANAGE)(of_newcomer)
    bp.get("/typed/people/<uuid:user_id>", permission=Permission.USER_MANAGE)(of_ticked_roles)
    bp.get("/typed/models/<uuid:model_id>", permission=Permission.PROVIDER_EDIT)(of_typed_model)
    bp.get("/typed/contexts/<context>", permission=Permission.PROVIDER_EDIT)(of_typed_context)
    bp.get("/typed/providers/<name>/owner", permission=Permission.TEAM_MANAGE)(of_owner)


def of_typed_pin(context: str) -> ResponseReturnValue:
    args = request.args
    typed = Typed(args.get("model", ""), args.get("effort", ""))
    return _part(impact.of_typed_pin(actor(), runtime(), context, typed))


def of_typed_team(team_id: UUID) -> ResponseReturnValue:
    return _part(impact.of_team(actor(), runtime(), team_id, exclusive="exclusive" in request.args))


def of_newcomer(team_id: UUID) -> ResponseReturnValue:
    return _part(belonging.of_newcomer(actor(), runtime(), team_id, request.args.get("email", "")))


def of_ticked_roles(user_id: UUID) -> ResponseReturnValue:
    ticked = [role_id for role_id in map(uuid_of, request.args.getlist("roles")) if role_id]
    return _part(belonging.of_roles(actor(), runtime(), user_id, ticked))


def of_typed_model(model_id: UUID) -> ResponseReturnValue:
    args = request.args
    typed = Abilities(
        tuple(args.getlist("features")),
        tuple(args.getlist("capabilities")),
        "chats" in args,
        args.get("effort_default", ""),
        args.get("effort_most", ""),
    )
    return _part(purposes.of_typed_model(actor(), runtime(), model_id, typed))


def of_typed_context(context: str) -> ResponseReturnValue:
    args = request.args
    feature, capabilities = args.get("feature", ""), args.getlist("capabilities")
    return _part(
        purposes.of_typed_context(actor(), runtime(), context, feature, capabilities, personal="personal" in args)
    )


def of_owner(name: str) -> ResponseReturnValue:
    return _part(belonging.of_owner(actor(), runtime(), name, uuid_of(request.args.get("owner"))))


def _part(view: ImpactView | None) -> ResponseReturnValue:
    return render_template("explain/_impact.html", impact=view) if view else ""
