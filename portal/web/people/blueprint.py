"""People: the blueprint that users and roles share, and how places in a list travel in an address."""

import base64
from uuid import UUID

from flask import Blueprint

bp = Blueprint("people", __name__, url_prefix="/people")


def place_as_text(place: tuple[str, UUID] | None) -> str | None:
    """A place in a list of names, for a link."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(place[1].bytes + place[0].encode()).decode().rstrip("=")


def place_from_text(text: str | None) -> tuple[str, UUID] | None:
    """The place that a link names; None when it names none, or was tampered with: the list then begins anew."""
    try:
        raw = base64.urlsafe_b64decode((text or "") + "=" * (-len(text or "") % 4))
        name = raw[16:].decode()
        return (name, UUID(bytes=raw[:16])) if len(raw) > 16 and "\0" not in name else None
    except ValueError:
        return None


def id_from_text(text: str | None) -> UUID | None:
    """An id out of a query string; None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
