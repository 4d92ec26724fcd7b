"""The OpenAPI document, made of the endpoints themselves."""

from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from portal.domain.permissions import Permission
from portal.web.admission import Waits
from portal.web.api.operations import Operation
from portal.web.api.problems import MIMETYPE
from portal.web.api.schemas import Problem

REF = "#/components/schemas/{model}"

REFUSED: Mapping[int, str] = {
    400: "What was sent cannot be read.",
    401: "No access token, or none that works: one answer for every reason.",
    403: "The token or its owner may not do this, or it is switched off for everybody.",
    404: "There is no such thing, or it is not yours.",
    409: "It clashes with what is stored: a name in use, or another version than the one that If-Match names.",
    413: "Too long.",
    415: "Not JSON.",
    422: "Fields that cannot be used, each of them named.",
    428: "If-Match is missing.",
    429: "Too many at once, or too often. Retry-After says when to come again.",
    503: "The portal or the provider cannot serve this now.",
}

IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag with which it was read, or `*` for whatever is stored.",
    "schema": {"type": "string"},
}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document, of OpenAPI 3.1."""
    schemas, definitions = _schemas(tuple(operations))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LLM Portal",
            "version": "1",
            "description": "Everything that the pages do. Lists come a page at a time; a refusal is a problem "
            "(RFC 9457) whose `code` stays what it is.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}, {"key": []}],
        "tags": [{"name": noun} for noun in dict.fromkeys(operation.noun for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An access token of this portal."},
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


@cache
def _schemas(operations: tuple[Operation, ...]) -> tuple[Mapping[Any, dict[str, Any]], dict[str, Any]]:
    wanted: list[tuple[Any, str]] = [(Problem, "serialization")]
    for operation in operations:
        wanted += [(kind, "validation") for kind in (operation.body, operation.query) if kind is not None]
        if operation.answer is not None and operation.stream is None:
            wanted.append((operation.answer, "serialization"))
    found, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)  # type: ignore[arg-type]
    return {kind: schema for (kind, _), schema in found.items()}, definitions["$defs"]


def _operation(operation: Operation, schemas: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": operation.name.replace(".", "_"),
        "tags": [operation.noun],
        "summary": operation.summary,
        "x-permission": str(operation.permission),
        "responses": _responses(operation, schemas),
    }
    if operation.description:
        said["description"] = operation.description
    if operation.permission is Permission.PUBLIC:
        said["security"] = []
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _simple(kind)}
        for name, kind in operation.parameters.items()
    ]
    if operation.query is not None:
        parameters += _query(operation.query.model_json_schema(ref_template=REF))
    if operation.changes:
        parameters.append(IF_MATCH)
    if parameters:
        said["parameters"] = parameters
    if operation.body is not None:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[operation.body]}}}
    if operation.waits is Waits.PROVIDER:
        said["x-waits"] = "a provider"
    return said


def _simple(kind: type) -> dict[str, Any]:
    return {"UUID": {"type": "string", "format": "uuid"}, "int": {"type": "integer", "minimum": 0}}.get(
        kind.__name__, {"type": "string", "minLength": 1}
    )


def _query(schema: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = schema.get("required", ())
    definitions = schema.get("$defs", {})
    told = []
    for name, kind in schema.get("properties", {}).items():
        kind = dict(kind)
        for part in (kind, *kind.get("anyOf", ())):
            if "$ref" in part:
                part.update(definitions[part.pop("$ref").rpartition("/")[2]])
        item = {"name": name, "in": "query", "required": name in wanted, "schema": kind}
        if description := kind.pop("description", ""):
            item["description"] = description
        told.append(item)
    return told


def _responses(operation: Operation, schemas: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    if operation.answer is None:
        done: dict[str, Any] = {"description": "Done."}
        status = 204
    else:
        status = operation.status
        if operation.stream is not None:
            content: dict[str, Any] = {operation.stream.mimetype: {"schema": dict(operation.stream.schema)}}
        else:
            content = {"application/json": {"schema": schemas[operation.answer]}}
        done = {"description": HTTPStatus(status).phrase, "content": content}
    if operation.versioned:
        done["headers"] = {"ETag": {"description": "The version, for If-Match.", "schema": {"type": "string"}}}
    refusal = {"content": {MIMETYPE: {"schema": schemas[Problem]}}}
    return {
        str(status): done,
        **{str(code): {"description": REFUSED[code], **refusal} for code in operation.refusals},
    }
