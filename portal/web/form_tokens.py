"""Whose page a form was drawn for: its CSRF token says so, signed, even when the session it was made in is gone."""

import secrets
from contextlib import suppress
from uuid import UUID

from flask import current_app, g, session
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer

FIELD = "csrf_token"
"""What the field is called in forms, and what the library calls its half in the cookie."""

SALT = "wtf-csrf-token"
"""The library's own."""


def begin(user_id: UUID) -> None:
    """Let the forms of this session, which has just begun, carry tokens that name its person."""
    session[FIELD] = f"{secrets.token_hex(20)}.{user_id}"
    g.pop(FIELD, None)  # the library keeps what it made for the session before


def fresh() -> str:
    """A token of the session as it is now."""
    return generate_csrf()


def owner_of(token: str) -> UUID | None:
    """The person for whom the page was drawn that carried this token; None for a token that the portal did not sign."""
    with suppress(BadData, ValueError):
        raw = URLSafeTimedSerializer(current_app.secret_key or "", salt=SALT).loads(token)
        return UUID(str(raw).rpartition(".")[2])
    return None
