"""Turns what services raise, and what HTTP itself refuses, into pages and into `application/problem+json`."""

import json
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from portal.domain.errors import Invalid, Overloaded, PortalError, Throttled, Unavailable
from portal.web import bodies, form_tokens
from portal.web.guard import here
from portal.web.hosts import called
from portal.web.signed_in import current_user, treat_as_stranger

log = structlog.get_logger("portal.errors")


@dataclass(frozen=True)
class ErrorText:
    """What happened, what to do, and the name that programs know it by."""

    code: str
    title: str
    sentence: str
    advice: str = ""


WORDS: dict[int, ErrorText] = {
    400: ErrorText(
        "bad_request",
        "The portal cannot read this request.",
        "Something in the address or the form is not what this page takes. Nothing was changed.",
        "Go back, load the page again, and try once more.",
    ),
    401: ErrorText(
        "signed_out",
        "You are not signed in.",
        "Your session has ended, or it was never begun. Nothing was changed.",
        "Sign in, then do it again.",
    ),
    403: ErrorText(
        "denied",
        "You may not open this.",
        "Your roles do not allow it.",
        "An administrator can give you a role that allows it.",
    ),
    404: ErrorText(
        "not_found",
        "There is nothing here.",
        "It may have been deleted, or you have no access to it.",
        "Check the address, or ask whoever sent you the link.",
    ),
    405: ErrorText(
        "method_not_allowed",
        "This address does not work that way.",
        "It takes a form, and was opened like a page, or the other way round. Nothing was changed.",
        "Go back and use the page's own buttons.",
    ),
    409: ErrorText(
        "conflict",
        "This clashes with what is stored.",
        "Somebody may have changed it a moment ago. Nothing of yours was saved.",
        "Load the page again, look at what is there now, and decide anew.",
    ),
    413: ErrorText(
        "too_large",
        "This is too much at once.",
        "This page takes less than was sent. Nothing of it was read or saved.",
        "Go back, make it shorter, or send it in parts.",
    ),
    415: ErrorText(
        "unsupported_type",
        "The portal does not read this kind of content.",
        "It was sent in a format that this address does not take. Nothing was changed.",
        "Go back and use the page's own form.",
    ),
    422: ErrorText(
        "invalid",
        "Something in this cannot be used.",
        "Nothing was changed.",
        "Go back, correct it, and send it again.",
    ),
    429: ErrorText(
        "throttled",
        "That was too often.",
        "The portal takes a short pause so that everybody is served.",
        "Wait a little, then try again.",
    ),
    500: ErrorText(
        "fault",
        "The portal has a fault.",
        "This is not your doing. What you did last may not be saved; everything before it is.",
        "Try again in a minute. If it stays, give an administrator the request number below.",
    ),
    503: ErrorText(
        "unavailable",
        "The portal cannot do this now.",
        "Something that it needs is off or does not answer. Nothing is lost.",
        "Try again in a minute, or ask an administrator.",
    ),
}

STALE_FORM = ErrorText(
    "stale_form",
    "This form is no longer valid.",
    "Its page was opened by another sign-in, or the browser did not keep its cookie. Nothing was changed.",
    "Go back, copy what you typed, load the page again, and send it from there.",
)


def install(app: Flask) -> None:
    """Take over every failure of a request."""
    app.register_error_handler(PortalError, _tell_ours)
    app.register_error_handler(CSRFError, _tell_stale_form)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(Exception, _tell_fault)


def wants_json() -> bool:
    """Whether a script asked, not somebody's browser."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def _tell_ours(error: PortalError) -> Response:
    words = WORDS.get(error.status, WORDS[500])
    g.refused = isinstance(error, (Throttled, Overloaded))
    faults = error.faults if isinstance(error, Invalid) else {}
    response = _answer(error.status, words, sentence=error.sentence, faults=faults)
    if error.__cause__ is not None and error.status >= 500:
        log.error("unavailable", exc_info=error.__cause__)
    if isinstance(error, (Throttled, Overloaded)):
        response.headers["Retry-After"] = str(error.retry_after)  # house: encoded-header-text because it is a number
    return response


def _tell_stale_form(_error: CSRFError) -> Response:
    """A script whose page is one's own, of an earlier session, is given a token with which it may send again."""
    owner = form_tokens.owner_of(request.form.get(form_tokens.FIELD, ""))
    mine = owner is not None and _is_signed_in() and owner == current_user.id
    return _answer(400, STALE_FORM, more={form_tokens.FIELD: form_tokens.fresh()} if mine else {})


def _tell_http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400 or error.response is not None:
        return error
    words = WORDS.get(error.code) or WORDS[400 if error.code < 500 else 500]
    if isinstance(error, RequestEntityTooLarge):
        most = bodies.said(bodies.bound())
        words = replace(words, sentence=f"This page takes {most} at most. Nothing of what was sent was read or saved.")
    response = _answer(error.code, words)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers.setdefault(name, value)  # house: encoded-header-text because the library wrote it
    return response


def _tell_fault(error: Exception) -> Response:
    # The stack goes to the log alone; an exception's own words may quote what nobody should read.
    log.error("fault", exc_info=error, route=request.url_rule.rule if request.url_rule else "unknown")
    return _answer(500, WORDS[500])


def _answer(
    status: int,
    words: ErrorText,
    *,
    sentence: str = "",
    faults: dict[str, str] | None = None,
    more: dict[str, str] | None = None,
) -> Response:
    if wants_json():
        return _problem(status, words, sentence or words.sentence, faults, more or {})
    inside = status < 500 or sentence != ""
    template = "errors/inside.html" if inside and _is_signed_in() else "errors/outside.html"
    page = render_template(
        template,
        status=status,
        words=words,
        sentence=sentence or words.sentence,
        # Our own sentence already says what to do.
        advice="" if sentence else words.advice,
        faults=[fault for name, fault in (faults or {}).items()] if faults else [],
        request_id=g.get("request_id", ""),
        sign_in_url=_sign_in_url() if status == 401 else "",
        back=page_before(),
    )
    return Response(page, status, mimetype="text/html")


def _problem(
    status: int, words: ErrorText, detail: str, faults: dict[str, str] | None, more: dict[str, str]
) -> Response:
    body: dict[str, object] = {
        "title": words.title,
        "status": status,
        "detail": detail,
        "code": words.code,
        "request_id": g.get("request_id", ""),
        **more,
    }
    if faults:
        body["faults"] = faults
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def _is_signed_in() -> bool:
    try:
        return bool(current_user.is_authenticated)
    except Unavailable:  # nobody knows, for the database is away
        treat_as_stranger()
        return False


def _sign_in_url() -> str:
    """The sign-in page, which leads back to the page that the form was on."""
    return url_for("sessions.sign_in", next=page_before() or None)


def page_before() -> str:
    """The portal's own page that led here, as a path; empty when there was none."""
    parts = urlsplit(request.referrer or "")
    # By name alone: a port that a proxy dropped makes no other portal.
    if called(parts.netloc) != called(request.host) or not parts.path.startswith("/") or parts.path.startswith("//"):
        return ""
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return "" if (path == here() and request.method == "GET") or not _opens(parts.path) else path


def _opens(path: str) -> bool:
    """Whether a link can lead there: the answer to a form may stand at an address that takes forms alone."""
    below = path.removeprefix(request.script_root) or "/"
    try:
        current_app.url_map.bind("").match(below, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
