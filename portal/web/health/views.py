"""Health checks: every look at a provider, filtered, paged, whole, and as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator
from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services import health
from portal.services.health import CheckView
from portal.web.context import tools
from portal.web.guard import actor
from portal.web.health import filters
from portal.web.queries import uuid_of

bp = Blueprint("health", __name__, url_prefix="/health-checks")

COLUMNS = (
    "at",
    "provider_name",
    "provider_type",
    "about",
    "probe",
    "asked_by",
    "counts",
    "model",
    "reported_model",
    "key_source",
    "fingerprint",
    "outcome",
    "category",
    "status",
    "latency_ms",
    "sentence",
    "hint",
    "detail",
    "url",
    "request_id",
    "id",
)
"""The columns of the export, named as they are stored."""


@bp.get("", permission=Permission.PROVIDER_VIEW)
def index() -> ResponseReturnValue:
    """One page of checks, newest first; `check` opens one under its row."""
    asked = filters.wanted(tools().now())
    page = health.list_checks(
        actor(),
        asked,
        before=request.args.get("before", ""),
        after=request.args.get("after", ""),
        open_id=uuid_of(request.args.get("check")),
    )
    return render_template(
        "health/index.html",
        page=page,
        search=asked.model,
        menus=filters.menus(asked, page.choices.providers, page.choices.people),
        filtered=any(request.args.get(name) for name in filters.NAMES),
        address=filters.address,
        here=request.args,
        set_filters={name: request.args.get(name) for name in filters.NAMES if name != "q"},
    )


@bp.get("/<uuid:check_id>.json", permission=Permission.PROVIDER_VIEW)
def record(check_id: UUID) -> ResponseReturnValue:
    """One check as data."""
    check = health.read_check(actor(), check_id)
    return jsonify({name: _plain(getattr(check, name)) for name in COLUMNS})


@bp.get("/export.csv", permission=Permission.PROVIDER_VIEW)
def export() -> ResponseReturnValue:
    """What is filtered, as CSV, sent while it is read."""
    found = health.export_checks(actor(), filters.wanted(tools().now()))
    name = f"health-checks-{tools().now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_lines(found), mimetype="text/csv", headers=headers)


def _lines(checks: Iterable[CheckView]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for check in checks:
        writer.writerow([_cell(_plain(getattr(check, name))) for name in COLUMNS])
        if buffer.tell() > 16_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cell(value: object) -> object:
    """A text that a spreadsheet would run as a formula is kept a text."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return "" if value is None else value
