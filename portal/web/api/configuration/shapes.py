"""A configuration to read in, and what comes of it, as JSON."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from portal.services.configuration.files import MOST_BYTES, GivenFile
from portal.services.configuration.importing import Plan as Found
from portal.web.api.schemas import Given, Told, Word


class ConfigurationGiven(Given):
    """A file as text, in any of the formats that the Settings page reads. Its name’s ending may say which."""

    name: Word = "configuration"
    content: Annotated[str, Field(max_length=MOST_BYTES)]

    @property
    def file(self) -> GivenFile:
        return GivenFile(self.name, self.content.encode())


class Change(Told):
    """One fact, before and after. Null: there was none."""

    what: str
    before: str | None
    after: str | None


class Planned(Told):
    """One thing that changes, in words."""

    said: str
    subject: str
    changes: Sequence[Change]


class Note(Told):
    """What is to be said of one place of the file."""

    place: str
    said: str


class Plan(Told):
    """What an import would do, or did. `faults` are entries that cannot be used; `more` changes are not told here.

    `digest` and `version` are sent back with the import that was agreed to.
    """

    kind: str
    changes: Sequence[Planned]
    more: int
    faults: Sequence[Note]
    left_out: Sequence[Note]
    notices: Sequence[Note]
    digest: str
    version: int


def plan_of(found: Found) -> Plan:
    """A plan as it is told."""
    return Plan.model_validate(found)


def pointer(_name: str) -> str:
    """Whatever is at fault is in the file: the sentence names its place there."""
    return "/content"
