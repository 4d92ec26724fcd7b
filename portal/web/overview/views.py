"""Where one begins: `/` leads to the first page one may use; the overview says what is and what needs somebody."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services import onboarding, overview
from portal.services.onboarding import FoundOllama
from portal.services.providers.registry import Saved
from portal.web import just_connected
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor, can
from portal.web.navigation import exists, home_for

bp = Blueprint("overview", __name__)


@bp.get("/", permission=Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    """The first page one may use; without one, whom to ask."""
    return redirect(there) if (there := home_for()) else render_template("overview/nowhere.html")


@bp.get("/overview", permission=Permission.PROVIDER_VIEW)
def index() -> ResponseReturnValue:
    return _page()


@bp.post("/overview/environment", permission=Permission.PROVIDER_CREATE)
def use_key_found() -> ResponseReturnValue:
    """Connect a provider that uses a key found in the server's environment."""
    return _connected(onboarding.use_key_found(actor(), runtime(), request.form.get("type", "")))


@bp.post("/overview/ollama/find", permission=Permission.PROVIDER_CREATE, waits=Waits.PROVIDER)
def find_ollama() -> ResponseReturnValue:
    """Look for an Ollama on this machine: an action of its own, never part of drawing the page."""
    found = onboarding.find_ollama(actor(), runtime())
    if request.headers.get("X-Part") == "ollama":
        return render_template("overview/_ollama.html", found=found)
    return _page(found)


@bp.post("/overview/ollama", permission=Permission.PROVIDER_CREATE, waits=Waits.PROVIDER)
def use_ollama() -> ResponseReturnValue:
    """Connect the Ollama that was found, and publish its models."""
    return _connected(onboarding.use_ollama(actor(), runtime()))


@bp.post("/overview/demo", permission=Permission.PROVIDER_CREATE, waits=Waits.PROVIDER)
def start_demo() -> ResponseReturnValue:
    """One click to the demo, and on to a new chat."""
    onboarding.start_demo(actor(), runtime())
    flash("The demo is connected. It answers without AI and says so.", "good")
    return redirect(_chat() or url_for(".index"))


def _page(ollama: FoundOllama | None = None) -> ResponseReturnValue:
    seen = overview.read_overview(actor(), runtime())
    if seen.empty:
        return render_template(
            "overview/empty.html",
            keys=onboarding.found_keys(runtime()),
            ollama=ollama,
            may_connect=can(f"{bp.name}.start_demo", "POST"),
        )
    return render_template("overview/index.html", seen=seen)


def _connected(saved: Saved) -> ResponseReturnValue:
    published = (
        f" {saved.models} models are published."
        if saved.models > 1
        else " One model is published."
        if saved.models
        else ""
    )
    flash(f"{saved.label} is connected.{published}", "good")
    just_connected.remember(saved.name)
    return redirect(url_for("providers.show", name=saved.name))


def _chat() -> str | None:
    return url_for("chat.index") if exists("chat.index") and can("chat.index") else None
