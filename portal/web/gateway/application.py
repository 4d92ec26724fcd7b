"""The gateway's own application: no session, no cookie, no form, no page; JSON whatever happens.

It stands beside the pages' application and shares its runtime, settings and database. What pages need before each
request costs more than a whole request of a tool, and nothing of theirs can be reached with a token by mistake.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

from portal.services.gateway.refusals import errors
from portal.services.runtime import at, this_database
from portal.web import bearers
from portal.web.gateway import refusals, views
from portal.web.guard import GuardedFlask, inspect

PREFIXES = ("/v1", "/api")
"""What is answered here. Below `/api` that is what is not of the API; tools that look there are told so in JSON."""
MOST_BODY = 32 * 1024 * 1024
EXTENSION = "portal_gateway"

log = structlog.get_logger("portal.request")


def install(app: Flask) -> None:
    """Let the gateway answer all below `/v1` and `/api`. Install it before whatever wraps the pages' application."""
    gateway = GuardedFlask("portal.gateway", static_folder=None, root_path=app.root_path)
    gateway.extensions = app.extensions
    gateway.config.update(MAX_CONTENT_LENGTH=MOST_BODY)
    gateway.url_map.merge_slashes = False  # else a redirect, which tools follow with their token or not at all
    gateway.before_request(_begin)
    gateway.after_request(_end)
    gateway.register_blueprint(views.bp)
    refusals.install(gateway)
    inspect(gateway)
    with app.app_context():
        database = this_database()
    app.extensions[EXTENSION] = gateway
    pages = app.wsgi_app

    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES):
            return pages(environ, start_response)
        with at(database):
            return gateway.wsgi_app(environ, start_response)

    app.wsgi_app = dispatch  # type: ignore[method-assign]


def _begin() -> Response | None:
    """Name the request, count it where it waits, and see whose token it carries and what that may do."""
    asked, kept = request._get_current_object(), g._get_current_object()  # type: ignore[attr-defined]
    kept.request_id = f"req_{secrets.token_hex(8)}"
    rule = asked.url_rule
    if rule is None:
        return None
    kept.headers = _headers(asked.environ)
    for found in bearers.of_request(asked, kept, kept.headers):
        if found.actor.may(rule.permission):  # type: ignore[attr-defined]
            kept.identity = found
            return None
    return refusals.say(errors.INVALID_TOKEN)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """The request's headers by their names in small letters, read once: each is looked for several times."""
    return {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}


def _end(response: Response) -> Response:
    kept = g._get_current_object()  # type: ignore[attr-defined]
    made_here = kept.get("request_id", "")
    response.headers["Portal-Request-Id"] = made_here  # house: encoded-header-text because it was made here
    place = kept.get("place")
    if place is not None:
        if response.is_streamed:
            response.call_on_close(place.give_back)
        else:
            place.give_back()
    if response.status_code >= 400:  # of what was answered, the row of usage says more
        log.info(
            "refused",
            request=g.get("request_id", ""),
            method=request.method,
            route=request.url_rule.rule if request.url_rule else "unknown",
            status=response.status_code,
        )
    return response
