"""The API for people: every endpoint with what it wants and gives, drawn from the document that programs read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.later import Later
from portal.web.api.door import PREFIX

documents = Later("portal.web.api.document")  # the endpoints are loaded when somebody reads of them
routes = Later("portal.web.api.routes")

bp = Blueprint("api_reference", __name__, url_prefix="/api-reference")

NOUNS = {
    "chats": "Chats",
    "messages": "Messages and answers",
    "summaries": "Summaries of a chat",
    "attachments": "Attachments",
    "chat_copies": "Shared chats",
    "language_models": "Models",
    "default_model": "The default",
    "providers": "Providers",
    "schedules": "Schedules of checks",
    "shared_keys": "Shared keys",
    "key_holders": "Personal keys of others",
    "selection": "Why this model",
    "overrides": "Overrides",
    "contexts": "Contexts",
    "gates": "Gates",
    "personal_keys": "Own keys",
    "personal_overrides": "Own overrides",
    "checks": "Health checks",
    "usage": "Usage",
    "allowances": "Limits and budgets",
    "budgets": "Own budgets",
    "audit": "Audit",
    "users": "People",
    "roles": "Roles",
    "teams": "Teams",
    "team_members": "Members of a team",
    "applications": "Applications",
    "tokens": "Access tokens",
    "settings": "Settings",
    "configuration": "Configuration",
}
"""What each noun is called on pages."""


@dataclass(frozen=True)
class Field:
    """One field of a query, a body or an answer."""

    name: str
    kind: str
    required: bool
    explanation: str = ""


@dataclass(frozen=True)
class Shown:
    """One endpoint as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    permission: str
    versioned: bool
    query: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: str
    answers: tuple[Field, ...]
    refusals: tuple[str, ...]


@bp.get("", permission=Permission.ACCESS_TOKEN)
def index() -> ResponseReturnValue:
    return render_template("api_reference/index.html", groups=_groups(), prefix=PREFIX)


@cache
def _groups() -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    """The endpoints of each noun. They are the same for everybody, and for as long as the process lives."""
    told = documents.document(routes.OPERATIONS)
    shown: dict[str, list[Shown]] = {}
    for path, item in told["paths"].items():
        for method, said in item.items():
            shown.setdefault(said["tags"][0], []).append(_shown(told, path, method, said))
    return tuple((NOUNS[noun], tuple(found)) for noun, found in shown.items())


def _shown(told: Mapping[str, Any], path: str, method: str, said: Mapping[str, Any]) -> Shown:
    parameters = said.get("parameters", ())
    schemas = told["components"]["schemas"]
    sent = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    done = next(code for code in said["responses"] if code < "300")
    given = said["responses"][done].get("content", {}).get("application/json", {}).get("schema")
    return Shown(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said["summary"],
        description=said.get("description", ""),
        permission=said["x-permission"],
        versioned=any(parameter["name"] == "If-Match" for parameter in parameters),
        query=tuple(
            Field(one["name"], _kind(one["schema"]), one["required"], one.get("description", ""))
            for one in parameters
            if one["in"] == "query"
        ),
        body=tuple(_fields(schemas, sent)),
        answer=done,
        answers=tuple(_fields(schemas, given)),
        refusals=tuple(code for code in said["responses"] if code >= "300"),
    )


def _fields(schemas: Mapping[str, Any], schema: Mapping[str, Any] | None) -> Iterator[Field]:
    """The fields of an object; of a page of a list those of what is listed."""
    if schema is None:
        return
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    properties = schema.get("properties", {})
    if properties.keys() == {"data", "next"}:
        yield from _fields(schemas, properties["data"]["items"])
        return
    wanted = schema.get("required", ())
    for name, kind in properties.items():
        yield Field(name, _kind(kind), name in wanted, kind.get("description", ""))


def _kind(schema: Mapping[str, Any]) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_kind, schema["anyOf"])))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", "anything"))
