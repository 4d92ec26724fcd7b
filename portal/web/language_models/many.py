"""What is done to many models at once: those that are ticked in the list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Conflict, Invalid
from portal.domain.features import FEATURES
from portal.domain.permissions import Permission
from portal.services.explain import impact, purposes
from portal.services.explain.impact import ImpactView
from portal.services.language_models import lifecycle, offering
from portal.services.people import roles
from portal.web.bodies import LISTING
from portal.web.context import runtime
from portal.web.guard import Fresh, actor
from portal.web.queries import uuid_of

SHOWN = 12
"""So many of the ticked models are named before they are deleted; the others are counted."""


GO_ON = "Chats that are set to one of them go on with the default. What they answered stays."
UNCHANGED = "Leave it as it is", "Nothing was changed yet."

CHANGES_ACCESS = Fresh("Changing which models a role reaches", but_for=("choose",))


@dataclass(frozen=True)
class Act:
    """What is asked before it is done: `title` of how many models, the words of both buttons, and what is sent then."""

    title: str
    endpoint: str
    button: str
    keep: str = "Keep them"
    lede: str = GO_ON
    fields: Mapping[str, str] = field(default_factory=dict)
    danger: bool = False


def add_routes(bp: Blueprint) -> None:
    """Put these acts under the address of the models."""
    bp.post("/many/turn", permission=Permission.PROVIDER_EDIT, body=LISTING)(turn_many)
    bp.post("/many/delete", permission=Permission.PROVIDER_DELETE, body=LISTING)(delete_many)
    bp.post("/many/features", permission=Permission.PROVIDER_EDIT, body=LISTING)(offer_many)
    bp.post("/many/access", permission=Permission.ROLE_MANAGE, fresh=CHANGES_ACCESS, body=LISTING)(reach_many)


def turn_many() -> ResponseReturnValue:
    """Turn the ticked models on or off; off is asked once, with whom it changes, unless nobody would notice."""
    on, ticked = request.form.get("on") == "yes", _ticked()
    try:
        names = offering.read_ticked(actor(), runtime(), ticked).names
        if not on and request.form.get("sure") != "yes":
            changes = impact.of_models(actor(), runtime(), ticked)
            if not changes.nothing:
                word = f"Turn off {_counted(names)}"
                return _asks(Act("Turn off", ".turn_many", word, fields=_sent(on)), names, changes)
        count = lifecycle.turn_many(actor(), runtime(), ticked, on=on)
    except Invalid as refusal:
        return _refused(refusal)
    word = "on" if on else "off"
    flash(f"{_models(count)} turned {word}." if count else f"They were {word} already.", "good")
    return back_to_list()


def delete_many() -> ResponseReturnValue:
    """Delete the ticked models: asked once, with their names, and then done."""
    ticked = _ticked()
    try:
        names = offering.read_ticked(actor(), runtime(), ticked).names
        if names and request.form.get("sure") != "yes":
            changes = impact.of_models(actor(), runtime(), ticked, delete=True)
            return _asks(Act("Delete", ".delete_many", f"Delete {_counted(names)}", danger=True), names, changes)
        count = lifecycle.delete_many(actor(), runtime(), ticked)
    except Invalid as refusal:
        return _refused(refusal)
    flash(f"{_models(count)} deleted.", "good")
    return back_to_list()


def offer_many() -> ResponseReturnValue:
    """Offer the ticked models for a use, or no longer: first which one is asked, then, with whom it changes, again."""
    feature, on = request.form.get("feature", ""), request.form.get("on") == "yes"
    label = next((item.label for item in FEATURES if item.name == feature), "")
    try:
        if not label:
            return _asked("many_features.html", features=FEATURES)
        if request.form.get("sure") != "yes":
            names = offering.read_ticked(actor(), runtime(), _ticked()).names
            changes = purposes.of_offered(actor(), runtime(), _ticked(), feature, on=on)
            if not changes.nothing:
                word = f"Offer for “{label}”" if on else f"No longer for “{label}”"
                return _asks(Act("Offer", ".offer_many", word, *UNCHANGED, _sent(on, feature=feature)), names, changes)
        count = offering.offer_many(actor(), runtime(), _ticked(), feature, on=on)
    except Invalid as refusal:
        return _refused(refusal)
    words = f"offered for “{label}”" if on else f"no longer offered for “{label}”"
    flash(f"{_models(count)} {words}." if count else "They were that already.", "good")
    return back_to_list()


def reach_many() -> ResponseReturnValue:
    """Let a role reach the ticked models, or no longer: asked which role, and once more with whom it changes."""
    role_id, on = uuid_of(request.form.get("role")), request.form.get("on") == "yes"
    try:
        if role_id is None or request.form.get("do") == "choose":
            found = [role for role in roles.list_for(actor(), runtime()) if role.reachable]
            return _asked("many_access.html", roles=found)
        ticked = offering.read_ticked(actor(), runtime(), _ticked())
        if request.form.get("sure") != "yes":
            changes = purposes.of_reached(actor(), runtime(), role_id, ticked.addresses, on=on)
            if not changes.nothing:
                word = "Let the role reach them" if on else "Take them from the role"
                act = Act("Role access of", ".reach_many", word, *UNCHANGED, _sent(on, role=str(role_id)))
                return _asks(act, ticked.names, changes)
        told = offering.reach_many(actor(), runtime(), _ticked(), role_id, on=on)
    except (Invalid, Conflict) as refusal:
        return _refused(refusal)
    if told.still:
        more = f" and {len(told.still) - 1} more" if len(told.still) > 1 else ""
        flash(
            f"{told.role} still reaches {told.still[0]}{more}, by a wider pattern. Change it on its page.", "attention"
        )
    if told.changed or not told.still:
        words = "reached" if on else "no longer reached"
        flash(f"{_models(told.changed)} {words} by {told.role}." if told.changed else "That was so already.", "good")
    return back_to_list()


def _asked(template: str, **vocabulary: object) -> ResponseReturnValue:
    ticked = _ticked()
    names = offering.read_ticked(actor(), runtime(), ticked).names
    return render_template(
        f"language_models/{template}",
        names=names[:SHOWN],
        count=len(names),
        ticked=ticked,
        back=request.form.get("back", ""),
        **vocabulary,
    )


def _asks(act: Act, names: Sequence[str], changes: ImpactView) -> ResponseReturnValue:
    return render_template(
        "language_models/ask_many.html",
        act=act,
        names=names[:SHOWN],
        count=len(names),
        ticked=_ticked(),
        back=request.form.get("back", ""),
        changes=changes,
    )


def back_to_list() -> ResponseReturnValue:
    """To the list as it was filtered; only its own address is believed."""
    query = request.form.get("back", "")
    return redirect(url_for(".index") + (f"?{query}" if query and "\n" not in query and "\r" not in query else ""))


def _ticked() -> list[UUID]:
    return [id for id in map(uuid_of, request.form.getlist("pick")) if id]


def _refused(refusal: Invalid | Conflict) -> ResponseReturnValue:
    words = " ".join(refusal.faults.values()) if isinstance(refusal, Invalid) else str(refusal)
    flash(words, "attention")
    return back_to_list()


def _sent(on: bool, **fields: str) -> dict[str, str]:
    return {**fields, "on": "yes" if on else "no"}


def _counted(names: Sequence[str]) -> str:
    return "1 model" if len(names) == 1 else f"{len(names):,} models"


def _models(count: int) -> str:
    return "One model is" if count == 1 else f"{count} models are"
