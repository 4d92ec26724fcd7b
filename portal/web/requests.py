"""Each request gets an id; a request's log lines and its error page carry it. What nobody can read is refused here."""

import contextlib
import secrets
import time
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, abort, g, request
from werkzeug.datastructures import ImmutableMultiDict

log = structlog.get_logger("portal.request")


def install(app: Flask, *, behind_proxies: bool) -> None:
    """Name each request, log it once, and send its id back as `X-Request-Id`."""
    told: list[str] = []

    @app.before_request
    def _begin() -> None:
        g.request_id = f"req_{secrets.token_hex(8)}"
        g.began = time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.before_request
    def _pass_over_nul() -> None:
        """No page sends NUL, and not every database takes it: a path that holds it names nothing, a query none."""
        if "\0" in request.path:
            abort(404)
        if b"%00" in request.query_string:
            pairs = request.args.items(multi=True)
            request.args = ImmutableMultiDict([(name, value.replace("\0", "")) for name, value in pairs])

    @app.before_request
    def _forget_unreadable_origin() -> None:
        """Who asks which page led here is not to stumble over a header that is no address."""
        with contextlib.suppress(ValueError):
            urlsplit(request.referrer or "")
            urlsplit(request.headers.get("Origin", ""))
            return
        request.environ.pop("HTTP_REFERER", None)
        request.environ.pop("HTTP_ORIGIN", None)

    @app.before_request
    def _wonder_about_proxies() -> None:
        """Behind a proxy that nobody told of, all people share its address: one's wrong passwords pause them all."""
        if not behind_proxies and not told and "X-Forwarded-For" in request.headers:
            told.append(request.remote_addr or "")
            log.warning(
                "a proxy stands before the portal and PORTAL_TRUSTED_PROXIES is not set: "
                "everybody seems to come from one address",
                address=told[0],
            )

    @app.after_request
    def _end(response: Response) -> Response:
        request_id = g.get("request_id", "")
        response.headers["X-Request-Id"] = request_id  # house: encoded-header-text because it was made here
        if request.endpoint not in ("static", "bootstrap.static", "operations.healthz", "operations.readyz"):
            log.info(
                "answered",
                method=request.method,
                route=request.url_rule.rule if request.url_rule else "unknown",
                status=response.status_code,
                ms=round((time.monotonic() - g.get("began", time.monotonic())) * 1000),
            )
        return response
