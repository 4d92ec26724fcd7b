"""What the portal itself refuses, in the words of the API that the caller speaks: JSON, whatever is accepted."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from portal.domain.errors import Overloaded, PortalError, Throttled
from portal.domain.faults import Category, Fault, UpstreamError, sentence

STATUSES: Mapping[Category, int] = {
    Category.TIMEOUT: 504,
    Category.RATE_LIMIT: 429,
    Category.MODEL_NOT_FOUND: 404,
    Category.CONTEXT_LENGTH: 400,
    Category.CONTENT: 400,
    Category.REJECTED: 400,
}
"""What a provider's failure is to the caller of the portal; every other one is a bad gateway."""

ANTHROPIC_TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
OPENAI_TYPES: Mapping[int, str] = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}

FINAL = frozenset({400, 401, 403, 404, 405, 413, 422})
"""Statuses with which sending the same again never helps: clients are told, as they try again otherwise."""

NO_TOKEN = "The access token is missing or does not work. Make one in the portal, under Access tokens."  # noqa: S105
WHERE = (
    "There is nothing at this address. OpenAI’s clients take {url}/v1 as their base URL, Anthropic’s and Claude Code "
    "{url}."
)

log = structlog.get_logger("portal.gateway")


def speaks() -> str:
    """The API that this request speaks: that of its path, else what its headers tell."""
    rule = request.url_rule
    name = rule.endpoint.rpartition(".")[2] if rule else ""
    if name in ("messages", "count_tokens") or (
        name not in ("chat_completions", "responses", "embeddings")
        and ("anthropic-version" in request.headers or "/messages" in request.path)
    ):
        return "messages"
    return "responses" if name == "responses" else "chat_completions"


def body_of(api: str, status: int, code: str, message: str, param: str = "") -> dict[str, Any]:
    """The error's JSON."""
    if api == "messages":
        kind = ANTHROPIC_TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": g.get("request_id", "")}
    kind = OPENAI_TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param or None, "code": code}}


def refuse(
    status: int, code: str, message: str, *, param: str = "", retry_after: int | None = None, final: bool | None = None
) -> Response:
    """The answer that says no. `final`: sending the same again does not help, which clients are told."""
    response = Response(
        json.dumps(body_of(speaks(), status, code, message, param), ensure_ascii=False),
        status,
        mimetype="application/json",
    )
    if final if final is not None else status in FINAL:
        response.headers["x-should-retry"] = "false"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def unknown_token() -> Response:
    """One answer for a token that is missing, unknown, expired, revoked, or not for this."""
    return refuse(401, "invalid_token", NO_TOKEN)


def provider_failed(fault: Fault, label: str) -> Response:
    """A provider that gave no answer at all: what is wrong, in the portal's words."""
    words = " ".join(filter(None, (sentence(fault, label), fault.hint)))
    status = STATUSES.get(fault.category, 502)
    wait = round(fault.retry_after) if fault.retry_after is not None else None
    return refuse(status, f"provider_{fault.category.value}", words, retry_after=wait, final=not fault.passing)


def frame(api: str, fault: Fault, label: str) -> bytes:
    """The end of a stream that broke off, as its API writes it."""
    words = " ".join(filter(None, (sentence(fault, label), fault.detail)))
    body = body_of(api, 502, f"provider_{fault.category.value}", words)
    if api == "messages":
        return b"event: error\ndata: " + json.dumps(body).encode() + b"\n\n"
    if api == "responses":
        failed = {
            "id": "resp_0",
            "object": "response",
            "status": "failed",
            "error": {"code": "server_error", "message": words},
        }
        event = {"type": "response.failed", "sequence_number": 0, "response": failed}
        return b"event: response.failed\ndata: " + json.dumps(event).encode() + b"\n\n"
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def install(app: Flask) -> None:
    """Every failure in JSON, in the caller's words."""

    @app.errorhandler(PortalError)
    def _refused(error: PortalError) -> Response:
        wait = error.retry_after if isinstance(error, Overloaded | Throttled) else None
        code = {403: "denied", 404: "model_not_found", 429: "too_many", 503: "unavailable"}.get(error.status, "refused")
        final = True if error.status == 503 and wait is None else None
        return refuse(error.status, code, error.sentence, retry_after=wait, final=final)

    @app.errorhandler(UpstreamError)
    def _not_answered(error: UpstreamError) -> Response:
        return provider_failed(error.fault, g.get("provider", "The provider"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.code == 404:
            return refuse(404, "unknown_address", WHERE.format(url=request.host_url.rstrip("/") + request.script_root))
        if error.code == 413:
            return refuse(413, "too_large", "The request is larger than 32 MB, which is all that the portal takes.")
        response = refuse(error.code or 500, "http_error", error.description or "The request cannot be read.")
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def _broke(error: Exception) -> Response:
        log.exception("gateway_broke", exc_info=error, request=g.get("request_id", ""))
        words = f"The portal failed on this request. Whoever runs it finds it in the log as {g.get('request_id', '')}."
        return refuse(500, "portal_error", words)
