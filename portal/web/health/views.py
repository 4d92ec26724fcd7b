"""Health checks: every check of a provider, filtered, paged, whole, and as CSV; and when the next ones are made."""

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.domain.schedule import Probe
from portal.services.health import history as check_history
from portal.services.health import schedules
from portal.services.health.schedules import ScheduleView
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.csv_files import csv_file
from portal.web.guard import actor
from portal.web.health import filters
from portal.web.health.forms import ScheduleForm
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
    asked = filters.wanted(runtime().now())
    page = check_history.list_checks(
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
        menus=filters.menus(asked, page.choices.providers, page.choices.people, page.called),
        filtered=any(request.args.get(name) for name in filters.NAMES),
        address=filters.address,
        here=request.args,
        set_filters={name: request.args.get(name) for name in filters.NAMES if name != "q"},
    )


@bp.get("/<uuid:check_id>.json", permission=Permission.PROVIDER_VIEW)
def record(check_id: UUID) -> ResponseReturnValue:
    """One check as data."""
    check = check_history.read_check(actor(), check_id)
    steps = [{"doing": doing, "ms": took} for doing, took in check.steps]
    return jsonify({name: _plain(getattr(check, name)) for name in COLUMNS} | {"steps": steps, "notes": check.notes})


@bp.get("/export.csv", permission=Permission.PROVIDER_VIEW, waits=Waits.DOWNLOAD)
def export() -> ResponseReturnValue:
    """What is filtered, as CSV, sent while it is read."""
    checks = check_history.export_checks(actor(), filters.wanted(runtime().now()))
    rows = ([_plain(getattr(check, name)) for name in COLUMNS] for check in checks)
    return csv_file(f"health-checks-{runtime().now():%Y-%m-%d}.csv", COLUMNS, rows)


@bp.get("/of/<name>", permission=Permission.PROVIDER_EDIT)
def schedule(name: str) -> ResponseReturnValue:
    """How often a provider is checked by itself, and how."""
    found = schedules.read(actor(), runtime(), name)
    return _schedule_page(
        found, ScheduleForm(formdata=None, minutes=found.minutes, probe=found.probe.value, version=found.version)
    )


@bp.post("/of/<name>", permission=Permission.PROVIDER_EDIT, typed=True)
def change_schedule(name: str) -> ResponseReturnValue:
    form = ScheduleForm()
    with form.faults_shown():
        if form.minutes.process_errors:
            raise Invalid({"minutes": str(form.minutes.process_errors[0])})
        changed = schedules.change(actor(), runtime(), name, form.minutes.data, form.chosen, form.version.data or "")
        told = f"checked {changed.said.partition(',')[0]}" if changed.on else "checked only when somebody asks"
        flash(f"{changed.label} is {told}.", "good")
        return redirect(url_for("providers.show", name=name))
    return _schedule_page(schedules.read(actor(), runtime(), name), form)


def _schedule_page(found: ScheduleView, form: ScheduleForm) -> ResponseReturnValue:
    explain = {Probe.LIST.value: found.list_says, Probe.PING.value: found.ping_says}
    return render_template("health/schedule.html", schedule=found, form=form, explain=explain), form.status


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
