"""What the portal itself refuses, in the words of the API that the caller speaks: JSON, whatever is accepted."""

import json

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from portal.domain.budgets import BudgetReached, UnpricedModel
from portal.domain.errors import Overloaded, PortalError, Throttled
from portal.domain.faults import UpstreamError
from portal.domain.limits import LimitReached
from portal.services.gateway import failures
from portal.services.gateway.naming import NoSuchModel
from portal.services.gateway.refusals import CallerRefusal, Refusal, errors, written

FINAL = frozenset({400, 401, 403, 404, 405, 413, 422})
"""Statuses with which sending the same again never helps: clients are told, as they try again otherwise."""

ANTHROPICS = ("messages", "count_tokens")

log = structlog.get_logger("portal.gateway")


def speaks() -> str:
    """The API that this request speaks: that of its path, else what its headers tell."""
    rule = request.url_rule
    name = rule.endpoint.rpartition(".")[2] if rule else ""
    if name in ANTHROPICS or (
        name not in ("chat_completions", "responses", "embeddings")
        and ("anthropic-version" in request.headers or "/messages" in request.path)
    ):
        return "messages"
    return "responses" if name == "responses" else "chat_completions"


def refuse(
    status: int,
    code: str,
    message: str,
    *,
    param: str | None = None,
    retry_after: int | None = None,
    retry: bool | None = None,
) -> Response:
    """The answer that says no. `retry`: whether sending the same again helps, where that is not clear of the status."""
    retry = False if retry is None and status in FINAL else retry
    body, headers = written(speaks(), status, code, message, param, retry, g.get("request_id", ""))
    response = Response(json.dumps(body, ensure_ascii=False), status, headers, mimetype="application/json")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)  # house: encoded-header-text because it is a number
    return response


def say(refusal: Refusal, **words: str) -> Response:
    """One of the portal's own refusals."""
    return refuse(refusal.status, refusal.code, refusal.say(**words), retry=refusal.retry)


def install(app: Flask) -> None:
    """Every failure in JSON, in the caller's words."""

    @app.errorhandler(CallerRefusal)
    def _not_as_asked(error: CallerRefusal) -> Response:
        return refuse(error.status, error.code, error.message, param=error.param)

    @app.errorhandler(PortalError)
    def _refused(error: PortalError) -> Response:
        if isinstance(error, LimitReached):
            final = error.retry_after is None  # clients wait as long as they are told, or give up at once
            return refuse(
                429, error.code, error.sentence, retry_after=error.retry_after, retry=False if final else None
            )
        if isinstance(error, BudgetReached | UnpricedModel):
            return refuse(error.status, error.code, error.sentence, retry=False)
        if isinstance(error, Overloaded | Throttled):
            code = errors.OVERLOADED.code if isinstance(error, Overloaded) else errors.TOO_MANY.code
            return refuse(error.status, code, error.sentence, retry_after=error.retry_after)
        if isinstance(error, NoSuchModel):
            return refuse(404, errors.MODEL_NOT_FOUND.code, error.sentence)
        return refuse(error.status, "refused", error.sentence, retry=False)

    @app.errorhandler(UpstreamError)
    def _not_answered(error: UpstreamError) -> Response:
        fault = error.fault
        wait = round(fault.retry_after) if fault.retry_after is not None else None
        told = failures.told(speaks(), fault, g.get("provider", "The provider"))
        return refuse(*told, retry_after=wait, retry=None if fault.passing else False)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.code == 404:
            here = request.host_url.rstrip("/") + request.script_root
            base = f"{here} for Anthropic’s clients and Claude Code, {here}/v1 for every other"
            return say(errors.WRONG_ADDRESS, path=request.path, base=base)
        if error.code == 413:
            return say(errors.TOO_LARGE, limit="32 MB")
        response = refuse(error.code or 500, "http_error", error.description or "The request cannot be read.")
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value  # house: encoded-header-text because these are methods of the url map
        return response

    @app.errorhandler(Exception)
    def _broke(error: Exception) -> Response:
        request_id = g.get("request_id", "")
        log.exception("gateway_broke", exc_info=error, request=request_id)
        words = f"The portal failed on this request. Whoever runs it finds it in the log as {request_id}."
        return refuse(500, "portal_error", words)
