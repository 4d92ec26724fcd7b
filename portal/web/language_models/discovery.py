"""Discovering models on a saved provider, and publishing those that are ticked."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.services import discovery, language_models
from portal.services.catalog import connected
from portal.services.discovery import Discovery, Listed, State
from portal.web.context import tools
from portal.web.fields import PortalForm
from portal.web.guard import actor
from portal.web.language_models.forms import whole


class TicksForm(PortalForm):
    """A listing with its ticks. Its rows are fields named after their number, as many as the provider lists."""

    provider = StringField("Provider")

    def rows(self) -> tuple[Listed, ...]:
        """The rows that came back, as they were shown and typed."""
        named = (name.removeprefix("wire_name-") for name in request.form if name.startswith("wire_name-"))
        numbers = sorted((number for number in named if _counts(number)), key=int)
        return tuple(
            Listed(
                wire_name=request.form[f"wire_name-{number}"],
                display_name=request.form.get(f"display_name-{number}", ""),
                context_limit=whole(request.form.get(f"context_limit-{number}")),
                assumed=False,
                state=State.NEW,
            )
            for number in numbers
        )

    def ticked(self) -> frozenset[str]:
        return frozenset(request.form.getlist("pick"))


def _counts(number: str) -> bool:
    """Whether this is a row's number as the page writes it."""
    return number.isascii() and number.isdecimal() and len(number) < 8


def add_routes(bp: Blueprint) -> None:
    """Put these pages under the address of the models."""
    bp.get("/discover", permission=Permission.PROVIDER_TEST)(choose_provider)
    bp.post("/discover", permission=Permission.PROVIDER_TEST)(discover)
    bp.post("/publish", permission=Permission.PROVIDER_CREATE)(publish_ticked)


def choose_provider() -> ResponseReturnValue:
    """Pick whom to ask. Nothing is asked while the page is drawn."""
    return _page(request.args.get("provider", ""))


def discover() -> ResponseReturnValue:
    name = request.form.get("provider", "")
    provider_id = _id_of(name)
    if provider_id is None:
        flash("Choose the provider to ask.", "attention")
        return redirect(url_for(".choose_provider"))
    found = discovery.discover(actor(), tools(), provider_id)
    picked = frozenset(row.wire_name for row in found.rows if row.state is State.NEW and row.chat)
    return _page(name, found, picked if len(picked) <= 12 else frozenset())


def publish_ticked() -> ResponseReturnValue:
    form = TicksForm()
    name, rows, ticked = form.provider.data or "", form.rows(), form.ticked()
    drafts: list[Draft] = [row.draft for row in rows if row.wire_name in ticked]
    if form.validate():
        with form.faults_shown():
            names = language_models.publish_ticked(actor(), tools(), name, drafts)
            flash(f"{names[0]} is published." if len(names) == 1 else f"{len(names)} models are published.", "good")
            return redirect(url_for(".index", provider=name))
    return _page(name, Discovery(name, name, rows), ticked, form)


def _page(
    name: str, found: Discovery | None = None, ticked: frozenset[str] = frozenset(), form: TicksForm | None = None
) -> ResponseReturnValue:
    page = render_template(
        "language_models/discover.html",
        providers=connected(actor(), tools()),
        name=name,
        found=found,
        ticked=ticked,
        form=form or TicksForm(provider=name),
    )
    return page, form.status if form else 200


def _id_of(name: str) -> UUID | None:
    return next((entry.id for entry in connected(actor(), tools()) if entry.name == name), None)
