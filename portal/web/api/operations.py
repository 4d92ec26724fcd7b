"""An endpoint as data: what it wants and gives. Its route, its checks and its place in the document come from this."""

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast
from uuid import UUID

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.runtime import Runtime
from portal.web.admission import Waits
from portal.web.api.schemas import Given, Query
from portal.web.bodies import FORM

SAFE = frozenset({"GET"})
CONVERTERS = {UUID: "uuid", str: "string", int: "int"}


class Stream(Iterator[str]):
    """The answer of an endpoint that is written piece by piece, as text of this type."""

    mimetype: ClassVar[str]
    schema: ClassVar[Mapping[str, Any]] = {"type": "string"}


class EventStream(Stream):
    """Server-sent events. The schema is of one of them."""

    mimetype = "text/event-stream"
    schema: ClassVar[Mapping[str, Any]] = {
        "type": "object",
        "properties": {
            "event": {"type": "string"},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
        "required": ["event", "data"],
    }


class Markdown(Stream):
    """Markdown, to read."""

    mimetype = "text/markdown"


class ObjectStream(Stream):
    """A JSON object that may be long."""

    mimetype = "application/json"
    schema: ClassVar[Mapping[str, Any]] = {"type": "object"}


@dataclass
class Call:
    """One request to an endpoint: who asks, and with which tools. What is set on it goes into the answer's head.

    `version` is what `If-Match` named: what the caller last saw; None for `*`, whatever there is. `etag` is the version
    of what is answered.
    """

    actor: Actor
    runtime: Runtime
    version: str | None = None
    etag: str | None = None
    status: int | None = None


@dataclass(frozen=True, eq=False)
class Operation:
    """One endpoint. `path` is below `/api/v1`, with its parameters in braces.

    `end_users`: users of applications may ask it, too.
    `changes`: it wants `If-Match`. `versioned`: its answer has an `ETag`. `may` are the refusals that do not follow
    from the rest. `pointer` turns a service's name of a field into its place in the body.
    """

    method: str
    path: str
    permission: Permission
    run: Callable[..., Any]
    status: int = 200
    waits: Waits | None = None
    size: int = FORM
    changes: bool = False
    versioned: bool = False
    may: frozenset[int] = frozenset()
    end_users: bool = False
    pointer: Callable[[str], str] = lambda name: f"/{name}"
    hints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        return self.run.__module__.split(".")[-2]

    @property
    def name(self) -> str:
        """ "providers.read": its noun and its verb, as its file is called."""
        return ".".join(self.run.__module__.split(".")[-2:])

    @property
    def summary(self) -> str:
        """What it does: the first line of what its function says of itself."""
        return (self.run.__doc__ or "").strip().partition("\n")[0]

    @property
    def description(self) -> str:
        return inspect.cleandoc(self.run.__doc__ or "").partition("\n")[2].strip()

    @property
    def parameters(self) -> dict[str, type]:
        """The parameters of its path, each with its type."""
        return {name: kind for name, kind in self.hints.items() if f"{{{name}}}" in self.path}

    @property
    def body(self) -> type[Given] | None:
        return self.hints.get("body")

    @property
    def query(self) -> type[Query] | None:
        return self.hints.get("query")

    @property
    def answer(self) -> Any:
        """The type of its answer; None where there is none to give."""
        given = self.hints["return"]
        return None if given is type(None) else given

    @property
    def stream(self) -> type[Stream] | None:
        """What it is written as, where that is piece by piece."""
        found = self.answer
        return cast("type[Stream]", found) if isinstance(found, type) and issubclass(found, Stream) else None

    @property
    def rule(self) -> str:
        """The path as Werkzeug writes it."""
        rule = self.path
        for name, kind in self.parameters.items():
            rule = rule.replace(f"{{{name}}}", f"<{CONVERTERS[kind]}:{name}>")
        return rule

    @property
    def refusals(self) -> tuple[int, ...]:
        """Every status of a refusal that it may answer with."""
        refused = set(self.may) | {503}
        if self.permission is not Permission.PUBLIC:
            refused |= {401, 403}
        if self.parameters:
            refused |= {404}
        if self.query or self.body or self.changes:
            refused |= {400, 422}
        if self.method not in SAFE:
            refused |= {409, 413, 422}
        if self.body:
            refused |= {415}
        if self.changes:
            refused |= {428}
        if self.waits:
            refused |= {429}
        return tuple(sorted(refused))


def endpoint(method: str, path: str, permission: Permission, **more: Any) -> Callable[[Callable[..., Any]], Operation]:
    """Declare the function below as the endpoint at this path. What it takes and gives is read from its types."""

    def declare(run: Callable[..., Any]) -> Operation:
        hints = {name: kind for name, kind in typing.get_type_hints(run).items() if name != "call"}
        return Operation(method, path, permission, run, hints=hints, **more)

    return declare
