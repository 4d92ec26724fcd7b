"""What bodies, queries and answers are made of: their types are the document, and the document is what is checked."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

MOST = 200
"""Things on one page of a list, at most."""
USUAL = 50

Word = Annotated[str, Field(max_length=200)]
"""A name, a label, a search."""
Text = Annotated[str, Field(max_length=64_000)]
"""What somebody wrote at length."""


def _without_defaults(schema: dict[str, Any]) -> None:
    """What is left out of a change stays as it is, so that no default is told."""
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Given(BaseModel):
    """What a caller sends, as JSON: of the types that are said, and with no field that is not known."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        json_schema_extra=_without_defaults,
    )

    @property
    def sent(self) -> dict[str, Any]:
        """The fields that were sent, and no others."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Query(BaseModel):
    """What stands behind the `?` of an address: text that is read as what is wanted."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


class Paged(Query):
    """A list is read a page at a time. `cursor` is the `next` of the page before, and means nothing else."""

    cursor: Annotated[str, Field(max_length=500, description="The `next` of the page before.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST, description="How many at most.")] = USUAL


class Told(BaseModel):
    """What is answered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    @classmethod
    def of(cls, found: object, **more: Any) -> Self:
        """What the services found, under the names that they gave it; `more` has the fields that are told otherwise."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields if name not in more}, **more)


class Page(Told, Generic[Item]):
    """Some of a list. `next` is the cursor of the page after it, null on the last one."""

    data: Sequence[Item]
    next: str | None = None


class Fault(Told):
    """What is wrong with one field. `pointer` is its place in the body (RFC 6901), or in the query behind a `?`."""

    pointer: str
    code: str
    detail: str


class Problem(Told):
    """Why something was not done (RFC 9457). `code` stays what it is; `detail` is a sentence for people."""

    title: str
    status: int
    code: str
    detail: str
    request_id: str = ""
    errors: Sequence[Fault] = ()
