"""The API's own application: no session, no cookie, no page; JSON whatever happens.

It stands beside the pages' application and the gateway's, and shares their runtime, settings and database.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import structlog
from flask import Flask, Response, g, request
from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from portal.domain.permissions import Permission
from portal.services.runtime import Database, at, this_database
from portal.web import bearers, bodies
from portal.web.api import problems
from portal.web.api.document import document
from portal.web.api.door import PREFIX
from portal.web.api.operations import Call, Operation
from portal.web.api.problems import problem
from portal.web.api.routes import OPERATIONS
from portal.web.api.schemas import Fault, Given, Query
from portal.web.context import runtime
from portal.web.guard import GuardedFlask, inspect

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
ONE_ETAG = re.compile(r'"([\x21\x23-\x7e]*)"')

FOR_END_USERS = frozenset(operation.name for operation in OPERATIONS if operation.end_users)
ONLY_MODELS = "An application’s users ask models and see which they may use. Everything else is for people here."

log = structlog.get_logger("portal.request")


def made(app: Flask) -> Flask:
    """The application that answers all below `/api/v1`, for a portal."""
    api = GuardedFlask("portal.api", static_folder=None, root_path=app.root_path)
    api.extensions = app.extensions
    api.url_map.merge_slashes = False
    api.url_map.redirect_defaults = False
    api.before_request(_begin)
    api.after_request(_end)
    for operation in OPERATIONS:
        api.add_url_rule(
            PREFIX + operation.rule,
            operation.name,
            _answering(operation),
            methods=[operation.method],
            provide_automatic_options=False,
            permission=operation.permission,
            waits=operation.waits,
            body=operation.size,
        )
    api.add_url_rule(
        f"{PREFIX}/openapi.json",
        "openapi",
        _openapi,
        methods=["GET"],
        provide_automatic_options=False,
        permission=Permission.PUBLIC,
    )
    problems.install(api)
    inspect(api)
    return api


def _begin() -> Response | None:
    """Name the request, bound it, and see whose token it carries and what that may do."""
    g.request_id = f"req_{secrets.token_hex(8)}"
    rule = request.url_rule
    if rule is None:
        return None
    if "\0" in request.path:
        raise NotFound
    permission: Permission = rule.permission  # type: ignore[attr-defined]
    if permission is not Permission.PUBLIC:
        known = False
        for found in bearers.of_request(request._get_current_object(), g, request.headers):
            known = True
            if found.actor.end_user and rule.endpoint not in FOR_END_USERS:
                return problem(403, "denied", ONLY_MODELS)
            if permission is Permission.SIGNED_IN or found.actor.may(permission):
                g.actor = replace(found.actor, token=found.token_name)
                break
        else:
            return _denied(permission) if known else _unknown()
    # What a stranger sends is not even measured.
    request.max_content_length = bodies.bound()
    if (request.content_length or 0) > bodies.bound():
        raise RequestEntityTooLarge
    return None


def _unknown() -> Response:
    detail = "Send an access token that works, as “Authorization: Bearer …” or as “x-api-key”."
    response = problem(401, "invalid_token", detail)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _denied(permission: Permission) -> Response:
    detail = f"This wants the permission {permission}: its token needs it as a scope, and its owner has to hold it."
    return problem(403, "denied", detail)


@cache
def _written() -> bytes:
    return json.dumps(document(OPERATIONS), ensure_ascii=False).encode()


def _openapi() -> Response:
    """What there is, as OpenAPI 3.1."""
    return Response(_written(), mimetype="application/json")


def _answering(operation: Operation) -> Callable[..., Response]:
    """The view of an endpoint: what comes is read by its types, and what goes is written by them."""
    stream = operation.stream
    answer = None if operation.answer is None or stream else TypeAdapter(operation.answer)

    def view(**parameters: Any) -> Response:
        g.operation = operation
        call = Call(g.get("actor"), runtime())
        if operation.query is not None:
            parameters["query"] = read_query(operation.query)
            if isinstance(parameters["query"], Response):
                return parameters["query"]
        if operation.body is not None:
            parameters["body"] = read_body(operation.body)
            if isinstance(parameters["body"], Response):
                return parameters["body"]
        if operation.changes and (refused := _read_version(call)) is not None:
            return refused
        given = operation.run(call, **parameters)
        if stream is not None:
            response = Response(
                _Stepwise(this_database(), iter(given)), call.status or operation.status, mimetype=stream.mimetype
            )
            response.headers["X-Accel-Buffering"] = "no"
        elif answer is None:
            response = Response(status=204)
            del response.headers["Content-Type"]
        else:
            body = answer.dump_json(given)
            response = Response(body, call.status or operation.status, mimetype="application/json")
        if call.etag is not None:
            response.set_etag(call.etag)
        return response

    return view


class _Stepwise:
    """An answer that is written piece by piece, each step with the database of the request that asked for it."""

    def __init__(self, database: Database, pieces: Iterator[str]) -> None:
        self._database = database
        self._pieces = pieces

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        with at(self._database):
            return next(self._pieces)

    def close(self) -> None:
        """Whoever asked left, or has all of it."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            with at(self._database):
                close()


def read_query(kind: type[Query]) -> Query | Response:
    """What stands behind the `?`, or why it cannot be used."""
    faults = []
    given: dict[str, Any] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            faults.append(Fault(pointer=f"?{name}", code="repeated", detail="Say this once."))
        if any("\0" in value for value in values):
            faults.append(Fault(pointer=f"?{name}", code="nul", detail="There is a character in it that is none: NUL."))
        given[name] = values[0]
    if faults:
        return problem(422, "invalid", "Some of what was sent cannot be used. Nothing was done.", faults)
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        return problems.not_of_its_types(error, "?")


def read_body(kind: type[Given]) -> Given | Response:
    """What was sent, or why it cannot be used."""
    if request.mimetype != "application/json":
        return problem(415, "not_json", "Send JSON, and say so: “Content-Type: application/json”.")
    sent = request.get_data(cache=False)
    try:
        if NUL.search(sent):
            faults = list(_nuls(json.loads(sent), ""))
            if faults:
                return problem(422, "invalid", "Some of what was sent cannot be used. Nothing was done.", faults)
        return kind.model_validate_json(sent)
    except ValidationError as error:
        if any(found["type"] == "json_invalid" for found in error.errors(include_input=False, include_url=False)):
            return problem(400, "not_json", "What was sent is no JSON.")
        return problems.not_of_its_types(error, "/")
    except (ValueError, RecursionError):
        return problem(400, "not_json", "What was sent is no JSON.")


def _nuls(value: Any, place: str) -> Iterator[Fault]:
    """Where a text holds NUL, which not every database takes."""
    if isinstance(value, str) and "\0" in value:
        yield Fault(pointer=place, code="nul", detail="There is a character in it that is none: NUL.")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nuls(item, f"{place}/{index}")
    elif isinstance(value, dict):
        for name, item in value.items():
            if "\0" in name:
                yield Fault(pointer=place, code="nul", detail="There is a character in a name that is none: NUL.")
            yield from _nuls(item, f"{place}/{name.replace('~', '~0').replace('/', '~1')}")


def _read_version(call: Call) -> Response | None:
    """Put what `If-Match` names on the call; the refusal where it names nothing."""
    said = request.headers.get("If-Match", "").strip()
    if not said:
        detail = "Say in If-Match which version you change: the ETag with which you read it, or * for any."
        return problem(428, "if_match_needed", detail)
    if said == "*":
        return None
    found = ONE_ETAG.fullmatch(said)
    if found is None:
        return problem(400, "bad_if_match", "If-Match takes one ETag, between quotes as it was given, or *.")
    call.version = found[1]
    return None


def _end(response: Response) -> Response:
    response.headers["Portal-Request-Id"] = g.get(
        "request_id", ""
    )  # house: encoded-header-text because it was made here
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    place = g.get("place")
    if place is not None:
        if response.is_streamed:
            response.call_on_close(place.give_back)
        else:
            place.give_back()
    if response.status_code >= 400 or request.method != "GET":
        log.info(
            "api",
            request=g.get("request_id", ""),
            method=request.method,
            route=request.url_rule.rule if request.url_rule else "unknown",
            status=response.status_code,
        )
    return response
