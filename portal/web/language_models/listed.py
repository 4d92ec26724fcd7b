"""The list of models: what it is filtered by, and the addresses in it, which are put together once for all rows."""

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote_plus, urlencode
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from portal.domain.capabilities import CAPABILITIES
from portal.domain.features import FEATURES, UMBRELLAS
from portal.domain.permissions import Permission
from portal.services.language_models.listing import Filter, Row, list_models
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.queries import uuid_of

WHOLE = tuple(feature for feature in FEATURES if feature.name in UMBRELLAS)
"""Uses whole, as the list and the form of a model show them."""

PLAIN = "!$'()*,/:;?@"
"""What stands in a query as it is."""

ANY_ID, ANY_NAME, ANY_WIRE = "\ue000id\ue000", "\ue000name\ue000", "\ue000wire\ue000"
"""Stand in what is drawn once for the id and the names of each row: letters that nobody types."""


def add_routes(bp: Blueprint) -> None:
    """Put the list at the address of the models."""
    bp.get("", permission=Permission.PROVIDER_VIEW)(index)


def index() -> ResponseReturnValue:
    wanted = _filter()
    page = list_models(actor(), runtime(), wanted)
    return render_template(
        "language_models/index.html",
        page=page,
        wanted=wanted,
        link=_links(),
        capabilities=CAPABILITIES,
        umbrellas=WHOLE,
        any_id=ANY_ID,
        any_name=ANY_NAME,
        any_wire=ANY_WIRE,
        filled=_filled,
        at=_addresses(),
    )


def _links() -> Callable[[str, object], str]:
    """The address of this list with one thing of its filter changed: the others are put together once for each name."""
    kept = {name: value for name, value in request.args.items() if name != "page" and value}
    index, begins = url_for(".index"), {}

    def link(name: str, value: object = None) -> str:
        begin = begins.get(name)
        if begin is None:
            others = urlencode({other: said for other, said in kept.items() if other != name}, safe=PLAIN)
            begin = begins[name] = f"{index}?{others}" if others else index
        if value is None:
            return begin
        return f"{begin}{'&' if '?' in begin else '?'}{name}={_said(value)}"

    return link


@lru_cache(1024)
def _said(value: object) -> str:
    """As it stands in a query; the providers and roles that the list can be filtered by are always the same."""
    return quote_plus(str(value), safe=PLAIN)


def _addresses() -> dict[str, str]:
    """The address of each act on any model; a row puts its own id into them.

    `default`, `off` and `delete` are asked first, on the page that says whom they change.
    """
    any_model, back = UUID(int=0), request.query_string.decode("utf-8", "replace")
    at_once = {verb: url_for(f".{verb}", model_id=any_model) for verb in ("edit", "enable", "move", "show")}
    asked = {
        act: url_for("explain.of_model", model_id=any_model, act=act, back=back or None)
        for act in ("default", "off", "delete")
    }
    return {name: whole.replace(str(any_model), ANY_ID, 1) for name, whole in (at_once | asked).items()}


def _filled(drawn: str, row: Row) -> Markup:
    """What is alike in many rows and drawn but once, with a row's own id and names, escaped here."""
    wire = row.name if row.name == row.wire_name else f"{row.name} → {row.wire_name}"
    plain = str.replace(drawn, ANY_ID, str(row.id))  # as plain text: Markup would escape the same again, slowly
    plain = str.replace(plain, ANY_WIRE, escape(wire))
    return Markup(str.replace(plain, ANY_NAME, escape(row.display_name)))  # noqa: S704 - made of escaped text alone


def _filter() -> Filter:
    args = request.args
    return Filter(
        search=args.get("q", "").strip(),
        provider=args.get("provider", ""),
        capability=args.get("can", ""),
        feature=args.get("feature", ""),
        usable=args.get("usable", "") if args.get("usable") in ("yes", "no") else "",
        off=args.get("off") == "yes",
        retiring=args.get("retiring") == "yes",
        role=uuid_of(args.get("role")),
        page=args.get("page", 1, type=int),
    )
