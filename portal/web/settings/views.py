"""Settings: what the environment says, and what can be changed here."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.services import settings
from portal.services.webhooks import delivery as webhook_delivery
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.settings.forms import SettingsForm, filled

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("", permission=Permission.SETTINGS_EDIT)
def index() -> ResponseReturnValue:
    seen = settings.read(actor(), runtime())
    return render_template("settings/index.html", seen=seen, form=filled(seen.stored))


@bp.post("", permission=Permission.SETTINGS_EDIT, typed=True)
def change() -> ResponseReturnValue:
    form = SettingsForm()
    with form.faults_shown():
        unread = [field for field in form.numbers if field.process_errors]
        if unread:
            raise Invalid({field.name: str(field.process_errors[0]) for field in unread})
        settings.change(actor(), runtime(), form.draft, form.version.data or "")
        flash("The settings are saved.", "good")
        return redirect(url_for("settings.index"))
    return render_template("settings/index.html", seen=settings.read(actor(), runtime()), form=form), form.status


@bp.post("/webhook/test", permission=Permission.SETTINGS_EDIT, waits=Waits.PROVIDER)
def test_webhook() -> ResponseReturnValue:
    """Post a test message to the stored webhook, now."""
    sent = webhook_delivery.send_test(actor(), runtime())
    flash(sent.said, "good" if sent.arrived else "bad")
    return redirect(url_for("settings.index", _anchor="s-webhook"))
