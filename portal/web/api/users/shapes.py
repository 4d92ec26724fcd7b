"""A person as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.services.people.users import Credentials, Person
from portal.web.api.schemas import Given, Told, Word


class UserFields(Given):
    """What can be said of a person. What is left out of a change stays as it is."""

    name: Word = ""
    email: Annotated[str, Field(max_length=254)] = ""
    roles: Annotated[Sequence[UUID], Field(max_length=100)] = ()


class HeldRole(Told):
    """A role that somebody holds."""

    id: UUID
    name: str


class User(Told):
    """A person. `reachable`: whoever asks may change them."""

    id: UUID
    name: str
    email: str
    enabled: bool
    must_change_password: bool
    roles: Sequence[HeldRole]
    reachable: bool
    created_at: datetime
    last_signed_in_at: datetime | None


class InventedPassword(Told):
    """A password that was invented. It is told once, here; its owner chooses another one with it."""

    id: UUID
    name: str
    email: str
    password: str


def user_of(person: Person) -> User:
    """A person as they are told."""
    return User.of(person)


def invented_of(made: Credentials) -> InventedPassword:
    """An invented password, as it is told once."""
    return InventedPassword.of(made)
