"""What an act would change, before it is done: a page that asks once more, and the same as a part for a dialog."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.services.explain import belonging, impact
from portal.services.explain.impact import ImpactView
from portal.services.overrides import pins
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.queries import uuid_of

PART = "X-Part"
"""A script that shows it in a dialog asks for that part of the page alone."""


@dataclass(frozen=True)
class Act:
    """What the page asks: the verb on its button, the route that does it, and where one goes back to."""

    title: str
    verb: str
    endpoint: str
    url: str
    back: str
    danger: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def add_routes(bp: Blueprint) -> None:
    """Put the routes on the blueprint of the explanation."""
    bp.get("/impact/models/<uuid:model_id>/<any(off,delete,default):act>", permission=Permission.PROVIDER_VIEW)(
        of_model
    )
    bp.get("/impact/providers/<name>/<any(off,delete):act>", permission=Permission.PROVIDER_VIEW)(of_provider)
    bp.get("/impact/providers/<name>/keys/<uuid:key_id>", permission=Permission.PROVIDER_VIEW)(of_shared_key)
    bp.get("/impact/teams/<uuid:team_id>/<any(entitle,withdraw):act>", permission=Permission.TEAM_MANAGE)(of_team)
    bp.get("/impact/teams/<uuid:team_id>/members/<uuid:user_id>", permission=Permission.TEAM_MANAGE)(of_member)
    bp.get("/impact/my-team", permission=Permission.SIGNED_IN)(of_my_team)
    bp.get("/impact/my-team/providers/<name>/delete", permission=Permission.SIGNED_IN)(of_team_provider)
    bp.get("/impact/pins/<context>/clear", permission=Permission.PROVIDER_EDIT)(of_cleared_pin)
    bp.get("/impact/providers/<name>/personal-keys/<uuid:user_id>", permission=Permission.PROVIDER_VIEW)(
        of_personal_key
    )


def of_model(model_id: UUID, act: str) -> ResponseReturnValue:
    if act == "default":
        return _of_default(model_id)
    delete = act == "delete"
    found = impact.of_model(actor(), runtime(), model_id, delete=delete)
    return _shown(
        found, _off(found, "language_models", "model", url_for("language_models.index"), delete, model_id=model_id)
    )


def _of_default(model_id: UUID) -> ResponseReturnValue:
    found = impact.of_default(actor(), runtime(), model_id)
    endpoint = "language_models.make_default"
    url, back = url_for(endpoint, model_id=model_id), url_for("language_models.index")
    return _shown(found, Act(f"Make {found.subject} the default?", "Make it the default", endpoint, url, back))


def of_provider(name: str, act: str) -> ResponseReturnValue:
    delete = act == "delete"
    found = impact.of_provider(actor(), runtime(), name, delete=delete)
    return _shown(found, _off(found, "providers", "provider", url_for("providers.show", name=name), delete, name=name))


def of_shared_key(name: str, key_id: UUID) -> ResponseReturnValue:
    found = impact.of_shared_key(actor(), runtime(), name, key_id)
    return _shown(
        found,
        Act(
            f"Delete a key of {found.subject}?",
            "Delete key",
            "providers.delete_key",
            url_for("providers.delete_key", name=name, key_id=key_id),
            url_for("providers.show", name=name),
            True,
        ),
    )


def of_team(team_id: UUID, act: str) -> ResponseReturnValue:
    entitle = act == "entitle"
    found = impact.of_team(actor(), runtime(), team_id, entitled=entitle)
    endpoint = f"teams.{act}"
    return _shown(
        found,
        Act(
            f"Entitle {found.subject}?" if entitle else f"Withdraw the entitlement of {found.subject}?",
            "Entitle" if entitle else "Withdraw",
            endpoint,
            url_for(endpoint, team_id=team_id),
            url_for("teams.show", team_id=team_id),
        ),
    )


def of_member(team_id: UUID, user_id: UUID) -> ResponseReturnValue:
    found = belonging.of_member(actor(), runtime(), team_id, user_id)
    endpoint, back = "teams.remove_member", url_for("teams.show", team_id=team_id)
    url = url_for(endpoint, team_id=team_id, user_id=user_id)
    return _shown(found, Act(f"Take {found.subject} out of the team?", "Take out", endpoint, url, back))


def of_cleared_pin(context: str) -> ResponseReturnValue:
    row = pins.find(actor(), runtime(), context)
    found = impact.of_pin(actor(), runtime(), context, None)
    endpoint, back = "overrides.clear_pin", url_for("overrides.pin", context=context)
    url, title = url_for(endpoint, context=context), f"Clear the pin of {row.context.label}?"
    return _shown(found, Act(title, "Clear pin", endpoint, url, back, True, {"version": row.version}))


def of_personal_key(name: str, user_id: UUID) -> ResponseReturnValue:
    found = belonging.of_personal_key(actor(), runtime(), name, user_id)
    endpoint, back = "providers.remove_personal_key", url_for("providers.show", name=name)
    url = url_for(endpoint, name=name, user_id=user_id)
    return _shown(found, Act("Remove a person’s own key?", "Remove", endpoint, url, back, True))


def of_my_team() -> ResponseReturnValue:
    """What another default changes for the members of the team that one manages, before it is chosen."""
    chosen = request.args.get("model", "")
    model_id = uuid_of(chosen)
    if chosen and model_id is None:
        raise NotFound
    found = belonging.of_my_team(actor(), runtime(), model_id)
    endpoint, back = "my_team.choose_default", url_for("my_team.index")
    title = f"Make {found.subject} the team’s default?" if chosen else "Use the deployment’s default?"
    act = Act(
        title, "Make default" if chosen else "Use it", endpoint, url_for(endpoint), back, fields={"model": chosen}
    )
    return _shown(found, act)


def of_team_provider(name: str) -> ResponseReturnValue:
    found = belonging.of_team_provider(actor(), runtime(), name)
    endpoint, back = "team_providers.delete", url_for("my_team.index")
    act = Act(f"Delete {found.subject}?", "Delete provider", endpoint, url_for(endpoint, name=name), back, True)
    return _shown(found, act)


def _off(view: ImpactView, blueprint: str, kind: str, back: str, delete: bool, **which: object) -> Act:
    """Turning a thing off, or deleting it: the same question of models and of providers."""
    if delete:
        endpoint, title, verb = f"{blueprint}.delete", f"Delete {view.subject}?", f"Delete {kind}"
    else:
        endpoint, title, verb = f"{blueprint}.disable", f"Turn {view.subject} off?", "Turn off"
    return Act(title, verb, endpoint, url_for(endpoint, **which), back, delete)


def _shown(view: ImpactView, act: Act) -> ResponseReturnValue:
    if request.headers.get(PART):
        return render_template("explain/_impact.html", impact=view)
    return render_template("explain/impact.html", impact=view, act=act, back=request.args.get("back", ""))
