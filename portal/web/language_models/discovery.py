"""Discovering models on a saved provider, publishing those that are ticked, and turning off what is gone."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from portal.domain.errors import Invalid
from portal.domain.language_models import KEY_AS_NAME, Draft
from portal.domain.permissions import Permission
from portal.domain.typed_text import looks_secret
from portal.services.language_models import discovery, model_data, publishing
from portal.services.language_models.discovery import Discovery, Listed, State
from portal.services.language_models.listing import connected
from portal.web.admission import Waits
from portal.web.bodies import LISTING
from portal.web.context import runtime
from portal.web.fields import PortalForm, given_back
from portal.web.guard import actor
from portal.web.selected_listings import TYPED, pack, unpack, whole, with_typed

BATCH = "batch"
"""The `X-Part` of a script that publishes in parts, to tell how far it is."""

TICKED_BY_ITSELF = 12
"""A listing of at most so many new models comes ticked: longer ones are chosen from."""


class TicksForm(PortalForm):
    """A listing with its ticks: rows as they were listed, what was typed into them, and which are ticked."""

    EDITS = False

    provider = StringField("Provider")

    def drafts(self) -> dict[str, Draft]:
        """Every row by its model ID, with what was typed into it; no row with a key for a name is shown again."""
        return {draft.wire_name: with_typed(draft, request.form) for draft in self._rows() if not _is_key(draft)}

    def refuse_keys(self) -> None:
        """Raise `Invalid` when a row has a key for a name."""
        if any(map(_is_key, self._rows())):
            raise Invalid({"": KEY_AS_NAME})

    def ticked(self) -> frozenset[str]:
        return frozenset(request.form.getlist("pick"))

    def typed(self) -> dict[str, str]:
        """What a person wrote into rows, by the names of the fields: all that is not as it was listed."""
        typed: dict[str, str] = {}
        for draft in self._rows():
            shown = _shown(draft)
            for name in TYPED:
                key = f"{name}:{draft.wire_name}"
                text = request.form.get(key, shown[name])
                if text != shown[name] and not looks_secret(text):
                    typed[key] = text
        return typed

    def _rows(self) -> list[Draft]:
        return [draft for draft in map(unpack, request.form.getlist("row")) if draft]


def add_routes(bp: Blueprint) -> None:
    """Put these pages under the address of the models."""
    bp.get("/discover", permission=Permission.PROVIDER_TEST)(choose_provider)
    bp.post("/discover", permission=Permission.PROVIDER_TEST, body=LISTING, typed=True, waits=Waits.PROVIDER)(discover)
    bp.post("/publish", permission=Permission.PROVIDER_CREATE, body=LISTING, typed=True)(publish_ticked)
    bp.post("/turn-off-gone", permission=Permission.PROVIDER_EDIT, body=LISTING, typed=True)(turn_off_gone)


def choose_provider() -> ResponseReturnValue:
    """Pick whom to ask. Nothing is asked while the page is drawn."""
    return _page(request.args.get("provider", ""))


def discover() -> ResponseReturnValue:
    """Ask. What was ticked and typed in the last answer of the same provider stays."""
    form = TicksForm()
    if given_back():
        return _as_sent(form)
    name = form.provider.data or ""
    provider_id = _id_of(name)
    if provider_id is None:
        flash("Choose the provider to ask.", "attention")
        return redirect(url_for(".choose_provider"))
    found = discovery.discover(actor(), runtime(), provider_id)
    if request.form.get("listed_of") == name:
        return _page(name, found, form.ticked(), typed=form.typed())
    fresh = frozenset(row.wire_name for row in found.rows if row.state is State.NEW and row.offered)
    ticked = fresh if len(fresh) <= TICKED_BY_ITSELF and not found.names_needed else frozenset()
    return _page(name, found, ticked)


def publish_ticked() -> ResponseReturnValue:
    """Publish what is ticked: at once, or, for a script that shows how far it is, in parts."""
    form = TicksForm()
    in_parts = request.headers.get("X-Part") == BATCH
    name, ticked = form.provider.data or "", form.ticked()
    with form.faults_shown():
        form.refuse_keys()
        drafts = [draft for draft in form.drafts().values() if draft.wire_name in ticked]
        names = publishing.publish_ticked(actor(), runtime(), name, drafts)
        if in_parts and not request.form.get("last"):
            return jsonify(published=len(names))
        count = len(names) + whole(request.form.get("done"))
        flash(f"{names[0]} is published." if count == 1 else f"{count} models are published.", "good")
        where = url_for(".index", provider=name)
        return jsonify(published=len(names), go=where) if in_parts else redirect(where)
    return _as_sent(form)


def turn_off_gone() -> ResponseReturnValue:
    """Disable every published model that the provider no longer lists."""
    if given_back():
        return _as_sent(TicksForm())
    name = request.form.get("provider", "")
    label = next((entry.label for entry in connected(actor(), runtime()) if entry.name == name), name)
    count = publishing.turn_off_gone(actor(), runtime(), name, request.form.getlist("gone"))
    flash(f"{'One model' if count == 1 else f'{count} models'} that {label} no longer lists: turned off.", "good")
    return redirect(url_for(".index", provider=name))


def _as_sent(form: TicksForm) -> ResponseReturnValue:
    """The listing as it was sent, with its ticks and what was typed, and why nothing was done with it."""
    back = given_back()
    if back and not form.errors:
        form.show(back.faults)
    name = form.provider.data or ""
    type = next((entry.type for entry in connected(actor(), runtime()) if entry.name == name), "")
    rows = tuple(
        Listed(draft, State.NEW, responses_only=model_data.responses_only(type, draft.wire_name))
        for draft in form.drafts().values()
    )
    found = Discovery(name, name, rows) if rows or not back else None
    return _page(name, found, form.ticked(), form, form.typed())


def _is_key(draft: Draft) -> bool:
    return looks_secret(draft.wire_name) or looks_secret(draft.display_name)


def _shown(draft: Draft) -> dict[str, str]:
    """What stands in the fields of a row before anybody types."""
    return {
        "context_limit": str(draft.context_limit),
        "price_input": draft.prices.get("input", ""),
        "price_output": draft.prices.get("output", ""),
    }


def _page(
    name: str,
    found: Discovery | None = None,
    ticked: frozenset[str] = frozenset(),
    form: TicksForm | None = None,
    typed: dict[str, str] | None = None,
) -> ResponseReturnValue:
    providers = connected(actor(), runtime())
    if found is not None and found.provider_label == found.provider_name:
        found = replace(found, provider_label=next((one.label for one in providers if one.name == name), name))
    page = render_template(
        "language_models/discover.html",
        providers=providers,
        name=name,
        found=found,
        ticked=ticked,
        typed=typed or {},
        pack=pack,
        shown=_shown,
        data_month=model_data.data_month(),
        form=form or TicksForm(provider=name),
    )
    return page, form.status if form else 200


def _id_of(name: str) -> UUID | None:
    return next((entry.id for entry in connected(actor(), runtime()) if entry.name == name), None)
