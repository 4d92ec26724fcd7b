"""Configuration as a file: taking it away, looking at what one would change, and reading it in."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField

from portal.domain.errors import Conflict, Invalid, PortalError
from portal.domain.permissions import Permission
from portal.services.configuration import carrying, exporting, importing, kinds
from portal.services.configuration.exporting import Format
from portal.services.configuration.files import FIELD, MOST_BYTES, GivenFile
from portal.web.bodies import CONFIGURATION, said
from portal.web.context import runtime
from portal.web.fields import PortalForm
from portal.web.guard import Fresh, actor
from portal.web.header_values import attachment
from portal.web.settings.blueprint import bp


class FileForm(PortalForm):
    """A configuration to look at."""

    EDITS = False

    file = FileField("File")


class ApplyForm(PortalForm):
    """A file that was looked at, and what it was looked at against."""

    EDITS = False

    document = HiddenField()
    digest = HiddenField()
    catalog = HiddenField()
    leave_out = BooleanField("Import the rest, without the entries that cannot be used")


@bp.get("/configuration", permission=Permission.SETTINGS_EDIT)
def configuration() -> ResponseReturnValue:
    return _choose(FileForm(formdata=None))


@bp.get("/configuration/export.<any(yaml,json):kind>", permission=Permission.SETTINGS_EDIT)
def export(kind: str) -> ResponseReturnValue:
    exported = exporting.export(actor(), runtime(), Format(kind))
    headers = {"Content-Disposition": attachment(exported.filename), "Cache-Control": "no-store"}
    return Response(exported.text, mimetype=exported.mimetype, headers=headers)


@bp.post("/configuration/plan", permission=Permission.SETTINGS_EDIT, body=CONFIGURATION)
def plan() -> ResponseReturnValue:
    """What a chosen file would change, in words; nothing is changed."""
    form = FileForm()
    with form.faults_shown():
        chosen = request.files.get(FIELD)
        if chosen is None or not chosen.filename:
            raise Invalid({FIELD: "Choose a file first."})
        return _planned(GivenFile(chosen.filename, chosen.read(MOST_BYTES + 1)), ApplyForm(formdata=None))
    return _choose(form)


@bp.post(
    "/configuration/apply",
    permission=Permission.SETTINGS_EDIT,
    body=CONFIGURATION,
    fresh=Fresh("Importing a configuration"),
    typed=True,
)
def apply() -> ResponseReturnValue:
    """Do what was looked at. Where the portal changed meanwhile, the plan is shown anew with the same file."""
    form = ApplyForm()
    try:
        given = carrying.decrypted(actor(), runtime(), form.document.data or "")
    except Conflict as lost:
        chosen = FileForm(formdata=None)
        chosen.show({FIELD: lost.sentence})
        return _choose(chosen)
    with form.faults_shown():
        done = importing.apply(
            actor(),
            runtime(),
            given,
            digest=form.digest.data or "",
            version=_whole(form.catalog.data),
            leave_out=bool(form.leave_out.data),
        )
        flash("Nothing changed." if done.nothing else f"Imported: {_counted(done.count)}.", "good")
        for note in done.notices[:20]:
            flash(f"{note.place}: {note.said}", "attention")
        return redirect(url_for("settings.configuration"))
    return _planned(given, form)


def _planned(given: GivenFile, form: ApplyForm) -> ResponseReturnValue:
    try:
        planned = importing.rehearse(actor(), runtime(), given)
    except PortalError as error:
        chosen = FileForm(formdata=None)
        chosen.show({FIELD: error.sentence})
        return _choose(chosen)
    form.document.data = carrying.encrypted(actor(), runtime(), given)
    form.digest.data, form.catalog.data = planned.digest, str(planned.version)
    page = render_template("settings/plan.html", plan=planned, form=form, name=given.name)
    return page, 409 if form.form_errors else 200


def _choose(form: FileForm) -> ResponseReturnValue:
    names = [kind.KIND for kind in kinds.FOREIGN]
    page = render_template("settings/configuration.html", form=form, kinds=names, most=said(MOST_BYTES))
    return page, form.status


def _whole(text: str | None) -> int:
    """The version of the catalog that a plan was made against; one that there never is for what is no number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else -1


def _counted(number: int) -> str:
    return "1 change" if number == 1 else f"{number:,} changes"
