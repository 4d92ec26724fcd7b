"""Who is signed in, for this request: the one place that knows Flask-Login."""

from functools import cached_property
from uuid import UUID

from flask import Flask, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from portal.domain.people import Actor
from portal.services.people import sessions
from portal.web import form_tokens
from portal.web.context import runtime


class CurrentUser(UserMixin):
    """`current_user` in views and templates: one session's person, read from the database on each request."""

    def __init__(self, token: str, found: sessions.SignedIn) -> None:
        self._token = token
        self.found = found
        self.id: UUID = found.user_id
        self.session_id: UUID = found.session_id
        self.name = found.name
        self.email = found.email
        self.roles = found.roles
        self.role_names = found.roles
        self.must_change_password = found.must_change_password

    def get_id(self) -> str:
        """What the signed cookie carries: the session's token, so a copied cookie dies with its row."""
        return self._token

    @cached_property
    def actor(self) -> Actor:
        return self.found.actor(client_address())


def client_address() -> str:
    """Where the request came from, as far as the trusted proxies tell."""
    return (request.remote_addr or "")[:64]


def client_browser() -> str:
    return (request.user_agent.string or "")[:300]


def enter(token: str) -> None:
    """Make the rest of this browser's visit this session's. What the cookie held before is dropped, not taken over."""
    session.clear()
    user = _load(token)
    if user is not None:
        login_user(user)
        form_tokens.begin(user.id)


def leave() -> None:
    """Empty this browser's cookie."""
    session.clear()


def held_token() -> str | None:
    """The token in this browser's cookie, valid or not."""
    token = session.get("_user_id")
    return token if isinstance(token, str) else None


def treat_as_stranger() -> None:
    """Ask no more who this is: what is drawn from here on is drawn for nobody in particular."""
    g._login_user = current_app.login_manager.anonymous_user()


def signed_in_user() -> CurrentUser:
    """The person of this request. Only signed-in routes call it."""
    return current_user._get_current_object()


def _load(token: object) -> CurrentUser | None:
    found = sessions.find(token, runtime()) if isinstance(token, str) else None
    return CurrentUser(str(token), found) if found else None


def install(app: Flask) -> None:
    """Let Flask-Login read the session rows."""
    manager = LoginManager()
    # Its own protection ties a cookie to an address and a browser's name, and throws people out when a laptop
    # changes networks. Here the row is the protection: it is listed, revocable and short-lived.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)
