"""The way into the API: what answers below `/api/v1` is loaded when somebody first asks for it.

Its endpoints and their types take twenty megabytes and most of a second, which a portal whose tools use the gateway
alone never needs.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from portal.later import Later
from portal.services.runtime import at, this_database

application = Later("portal.web.api.application")  # of use where somebody calls the API

PREFIX = "/api/v1"
EXTENSION = "portal_api"


class Door:
    """Loads the API's application of a portal, once."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._loading = threading.Lock()
        self._api: Flask | None = None

    @property
    def api(self) -> Flask:
        """The API's application."""
        with self._loading:
            self._api = self._api or application.made(self._app)
        return self._api


def install(app: Flask) -> None:
    """Let the API answer all below `/api/v1`. Install it before whatever wraps the pages' application."""
    door = app.extensions[EXTENSION] = Door(app)
    with app.app_context():
        database = this_database()
    others = app.wsgi_app

    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            return others(environ, start_response)
        with at(database):
            return door.api.wsgi_app(environ, start_response)

    app.wsgi_app = dispatch  # type: ignore[method-assign]
