"""Every refusal of the API: `application/problem+json`, whatever is accepted and whatever went wrong."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from portal.domain.budgets import BudgetReached, UnpricedModel
from portal.domain.errors import Conflict, Denied, Invalid, NotFound, Overloaded, PortalError, Throttled, Unavailable
from portal.domain.faults import UpstreamError, sentence
from portal.domain.versions import Outdated
from portal.web.api.operations import Operation
from portal.web.api.schemas import Fault, Problem

MIMETYPE = "application/problem+json"

log = structlog.get_logger("portal.api")

CODES: tuple[tuple[type[PortalError], str], ...] = (
    (Outdated, "outdated"),
    (NotFound, "not_found"),
    (BudgetReached, "budget_reached"),
    (UnpricedModel, "unpriced_model"),
    (Denied, "denied"),
    (Conflict, "conflict"),
    (Invalid, "invalid"),
    (Throttled, "too_many"),
    (Overloaded, "overloaded"),
    (Unavailable, "unavailable"),
)
"""What each of the portal's own refusals is called here, for good."""

HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 400: "bad_request"}

FAULTS: Mapping[str, str] = {
    "missing": "This field is missing.",
    "extra_forbidden": "There is no such field.",
    "uuid_parsing": "Write an id, like 0b7a8a3e-6d1c-4a57-9b3f-1f6f3a2c5d10.",
    "uuid_type": "Write an id, like 0b7a8a3e-6d1c-4a57-9b3f-1f6f3a2c5d10.",
    "string_type": "This has to be text.",
    "int_type": "This has to be a whole number.",
    "int_parsing": "This has to be a whole number.",
    "float_type": "This has to be a number.",
    "bool_type": "This has to be true or false.",
    "bool_parsing": "This has to be true or false.",
    "list_type": "This has to be a list.",
    "tuple_type": "This has to be a list.",
    "dict_type": "This has to be an object.",
    "model_type": "This has to be an object.",
    "finite_number": "This has to be a number.",
    "datetime_from_date_parsing": "Write a moment, like 2026-11-28T12:00:00Z.",
    "datetime_parsing": "Write a moment, like 2026-11-28T12:00:00Z.",
    "timezone_aware": "Say the time zone, too: 2026-11-28T12:00:00Z.",
    "date_from_datetime_parsing": "Write a day, like 2026-11-28.",
    "date_parsing": "Write a day, like 2026-11-28.",
}
SAFE_TO_QUOTE = frozenset(
    {
        "string_too_long",
        "string_too_short",
        "too_long",
        "too_short",
        "greater_than_equal",
        "less_than_equal",
        "greater_than",
        "less_than",
        "literal_error",
        "enum",
    }
)
"""Faults whose sentence says what is wanted, and nothing of what was sent, which may be a key."""


def problem(status: int, code: str, detail: str, errors: Iterable[Fault] = ()) -> Response:
    """A refusal."""
    told = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        request_id=g.get("request_id", ""),
        errors=tuple(errors),
    )
    return Response(told.model_dump_json(), status, mimetype=MIMETYPE)


def not_of_its_types(error: ValidationError, where: str) -> Response:
    """Every field that is not of the type that is wanted. `where` stands before its name: `?` for a query."""
    errors = []
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        kind = found["type"]
        said = FAULTS.get(kind) or (found["msg"] + "." if kind in SAFE_TO_QUOTE else "This cannot be used.")
        place = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in found["loc"] if part != "[key]")
        errors.append(Fault(pointer=f"{where}{place}" if place or where == "?" else "", code=kind, detail=said))
    return problem(422, "invalid", "Some of what was sent cannot be used. Nothing was done.", errors)


def install(app: Flask) -> None:
    """Turn every failure into a problem."""

    @app.errorhandler(PortalError)
    def _refused(error: PortalError) -> Response:
        code = next((code for kind, code in CODES if isinstance(error, kind)), "refused")
        errors: list[Fault] = []
        if isinstance(error, Invalid):
            errors = [Fault(pointer=_pointer(name), code="invalid", detail=said) for name, said in error.faults.items()]
        elif isinstance(error, Outdated):
            errors = [Fault(pointer=_pointer(name), code="outdated", detail=said) for name, said in error.now.items()]
        response = problem(error.status, code, _sentence(error), errors)
        if isinstance(error, Outdated):
            response.set_etag(error.version)
        if isinstance(error, Throttled | Overloaded):
            response.headers["Retry-After"] = str(
                error.retry_after
            )  # house: encoded-header-text because it is a number
        return response

    @app.errorhandler(UpstreamError)
    def _not_answered(error: UpstreamError) -> Response:
        return problem(503, "provider_failed", sentence(error.fault, "The provider"))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or 500
        if status in (301, 302, 303, 307, 308):
            status = 404  # nobody is led elsewhere with a token
        detail = {
            404: "There is nothing at this address. /api/v1/openapi.json says what there is.",
            405: f"{request.method} is not for this address.",
            413: "This is longer than this address takes.",
        }.get(status, "The request cannot be read.")
        response = problem(status, HTTP_CODES.get(status, "http_error"), detail)
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value  # house: encoded-header-text because these are methods of the url map
        return response

    @app.errorhandler(Exception)
    def _broke(error: Exception) -> Response:
        request_id = g.get("request_id", "")
        log.exception("api_broke", exc_info=error, request=request_id)
        words = f"The portal failed on this request. Whoever runs it finds it in the log as {request_id}."
        return problem(500, "portal_error", words)


def _pointer(name: str) -> str:
    """The place of a field that a service names; "" is the whole."""
    operation: Operation | None = g.get("operation")
    if not name or name.startswith("?") or operation is None:
        return name
    return operation.pointer(name)


def _sentence(error: PortalError) -> str:
    """What a page says of an old form is not for whoever never had one."""
    if isinstance(error, Outdated):
        return "This is another version by now, and nothing was saved. Read it again, and change that one."
    return error.sentence
