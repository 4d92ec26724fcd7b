"""A role as JSON."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.people.roles import Role as Found
from portal.services.people.roles import RolePage
from portal.web.api.schemas import Given, Told, Word

Patterns = Annotated[Sequence[Annotated[str, Field(max_length=600)]], Field(max_length=200)]


class RoleFields(Given):
    """What can be said of a role. What is left out of a change stays as it is."""

    name: Word = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    permissions: Annotated[Sequence[Permission], Field(max_length=50)] = ()
    models: Annotated[Patterns, Field(description="Patterns like `openai:*`; none: every model.")] = ()


class RoleLine(Told):
    """A role in the list. `reachable`: whoever asks may change it and give it out."""

    id: UUID
    name: str
    description: str
    built_in: bool
    permissions: Sequence[Permission]
    holders: int
    reachable: bool


class Role(RoleLine):
    """A role, whole."""

    models: Sequence[str]


def line_of(role: Found) -> RoleLine:
    """A role as the list tells it."""
    return RoleLine.of(role, permissions=sorted(role.permissions))


def role_of(page: RolePage) -> Role:
    """A role as it is told."""
    return Role.of(page.role, models=page.patterns, permissions=sorted(page.role.permissions))
