"""Each request gets an id; a request's log lines and its error page carry it."""

import secrets
import time

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger("portal.request")


def install(app: Flask) -> None:
    """Name each request, log it once, and send its id back as `X-Request-Id`."""

    @app.before_request
    def _begin() -> None:
        g.request_id = f"req_{secrets.token_hex(8)}"
        g.began = time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def _end(response: Response) -> Response:
        request_id = g.get("request_id", "")
        response.headers["X-Request-Id"] = request_id
        if request.endpoint not in ("static", "bootstrap.static", "operations.healthz", "operations.readyz"):
            log.info(
                "answered",
                method=request.method,
                route=request.url_rule.rule if request.url_rule else "unknown",
                status=response.status_code,
                ms=round((time.monotonic() - g.get("began", time.monotonic())) * 1000),
            )
        return response
