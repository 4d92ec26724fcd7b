"""Browsers that signed in before: a signed cookie that lives long, names nobody, and opens nothing.

Whoever types wrong passwords elsewhere cannot keep such a browser out: its tries are counted by themselves.
"""

import hashlib
import hmac
import secrets

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeSerializer

from portal.domain.accounts import plain_email

COOKIE = "portal_known"
LIVES = 400 * 24 * 3600
"""Seconds; browsers keep no cookie for longer."""

MOST = 5
"""Accounts that one browser is known to: people who share it."""


def known_to(email: str) -> str:
    """The name of this browser, if somebody signed in to this account with it before; else blank."""
    browser, accounts = _read()
    return browser if _account(email) in accounts else ""


def is_known() -> bool:
    """Whether anybody signed in with this browser before."""
    return bool(_read()[1])


def remember(response: Response, email: str) -> None:
    """Let this browser be known to an account that it has just signed in to."""
    browser, accounts = _read()
    known = [_account(email), *(account for account in accounts if account != _account(email))][:MOST]
    response.set_cookie(
        COOKIE,
        _signer().dumps([browser or secrets.token_urlsafe(16), known]),
        max_age=LIVES,
        path=current_app.config["SESSION_COOKIE_PATH"] or "/",
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )


def _read() -> tuple[str, list[str]]:
    try:
        browser, accounts = _signer().loads(request.cookies.get(COOKIE, ""))
    except (BadData, ValueError, TypeError):
        return "", []
    return str(browser), [str(account) for account in accounts]


def _account(email: str) -> str:
    """An account in the cookie: keyed, so that who finds the cookie learns of no address."""
    return hmac.new(_key(), plain_email(email).encode(), hashlib.sha256).hexdigest()[:24]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(_key(), salt="known-browser")


def _key() -> bytes:
    return str(current_app.secret_key).encode()
