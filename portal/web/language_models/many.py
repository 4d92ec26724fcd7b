"""What is done to many models at once: those that are ticked in the list."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.services.language_models import lifecycle
from portal.web.bodies import LISTING
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.queries import uuid_of

SHOWN = 12
"""So many of the ticked models are named before they are deleted; the others are counted."""


def add_routes(bp: Blueprint) -> None:
    """Put these acts under the address of the models."""
    bp.post("/many/turn", permission=Permission.PROVIDER_EDIT, body=LISTING)(turn_many)
    bp.post("/many/delete", permission=Permission.PROVIDER_DELETE, body=LISTING)(delete_many)


def turn_many() -> ResponseReturnValue:
    """Turn the ticked models on or off."""
    on = request.form.get("on") == "yes"
    try:
        count = lifecycle.turn_many(actor(), runtime(), _ticked(), on=on)
    except Invalid as refusal:
        return _refused(refusal)
    word = "on" if on else "off"
    flash(f"{_models(count)} turned {word}." if count else f"They were {word} already.", "good")
    return back_to_list()


def delete_many() -> ResponseReturnValue:
    """Delete the ticked models: asked once, with their names, and then done."""
    ticked = _ticked()
    try:
        names = lifecycle.ticked_names(actor(), runtime(), ticked)
        if names and request.form.get("sure") != "yes":
            return render_template(
                "language_models/delete_many.html",
                names=names[:SHOWN],
                count=len(names),
                ticked=ticked,
                back=request.form.get("back", ""),
            )
        count = lifecycle.delete_many(actor(), runtime(), ticked)
    except Invalid as refusal:
        return _refused(refusal)
    flash(f"{_models(count)} deleted.", "good")
    return back_to_list()


def back_to_list() -> ResponseReturnValue:
    """To the list as it was filtered; only its own address is believed."""
    query = request.form.get("back", "")
    return redirect(url_for(".index") + (f"?{query}" if query and "\n" not in query and "\r" not in query else ""))


def _ticked() -> list[UUID]:
    return [id for id in map(uuid_of, request.form.getlist("pick")) if id]


def _refused(refusal: Invalid) -> ResponseReturnValue:
    flash(" ".join(refusal.faults.values()), "attention")
    return back_to_list()


def _models(count: int) -> str:
    return "One model is" if count == 1 else f"{count} models are"
