"""The Audit page and its export."""

import json
from collections.abc import Iterator

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.audit import say_verb
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.audit.trail import Cursor, Entry
from portal.web.admission import Waits
from portal.web.audit.forms import FiltersForm
from portal.web.context import runtime
from portal.web.csv_files import csv_file
from portal.web.guard import actor
from portal.web.queries import row_number

bp = Blueprint("audit", __name__)

HEADINGS = (
    "number",
    "at",
    "actor_id",
    "actor",
    "address",
    "verb",
    "kind",
    "subject_id",
    "subject",
    "before",
    "after",
    "mac",
)


@bp.get("/audit", permission=Permission.AUDIT_VIEW)
def index() -> ResponseReturnValue:
    """A page of the audit trail, newest first, with the filters of the address."""
    form = FiltersForm(request.args)
    valid = form.validate()
    cursor = Cursor(request.args.get("before", type=row_number), request.args.get("after", type=row_number))
    page = audit_trail.list_for(actor(), runtime(), form.filters(), cursor)
    form.offer(page.verbs)
    chosen = form.chosen()
    return render_template(
        "audit/index.html",
        form=form,
        page=page,
        chosen=chosen,
        first=cursor == audit_trail.FIRST,
        shown=[(name, label, _without(chosen, name)) for name, label in _said(form, chosen)],
        newer=_at(chosen, page.newer),
        older=_at(chosen, page.older),
    ), 200 if valid else 422


@bp.get("/audit/export.csv", permission=Permission.AUDIT_VIEW, waits=Waits.DOWNLOAD)
def export() -> ResponseReturnValue:
    """Everything that passes the filters, as CSV, sent while it is read."""
    form = FiltersForm(request.args)
    form.validate()
    entries = audit_trail.every(actor(), runtime(), form.filters())
    return csv_file(f"audit-{runtime().now().date().isoformat()}.csv", HEADINGS, map(_row, entries))


def _said(form: FiltersForm, chosen: dict[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, value in chosen.items():
        yield name, (form[name].label.text, say_verb(value) if name == "verb" else value)


def _with(chosen: dict[str, str], **changed: str) -> str:
    return url_for("audit.index", **{name: value for name, value in (chosen | changed).items() if value})


def _without(chosen: dict[str, str], name: str) -> str:
    return _with(chosen, **{name: ""})


def _at(chosen: dict[str, str], cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    return url_for("audit.index", **chosen, before=cursor.before, after=cursor.after)


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.seq,
        entry.at.isoformat(),
        entry.actor_id,
        entry.actor,
        entry.address,
        entry.verb,
        entry.kind,
        entry.subject_id,
        entry.subject,
        _facts(entry.before),
        _facts(entry.after),
        entry.mac,
    )


def _facts(side: dict[str, object] | None) -> str:
    return "" if side is None else json.dumps(side, ensure_ascii=False)
