"""Alive, and ready: two answers for whatever watches the portal. They tell a stranger nothing more."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services import readiness
from portal.web.context import runtime

bp = Blueprint("operations", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


@bp.get("/healthz", permission=Permission.PUBLIC)
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return "ok\n", 200, PLAIN


@bp.get("/readyz", permission=Permission.PUBLIC)
def readyz() -> ResponseReturnValue:
    """The database answers at the right revision, and the stored keys' master key is known."""
    ready = readiness.is_ready(runtime())
    return ("ready\n", 200, PLAIN) if ready else ("not ready\n", 503, PLAIN)
