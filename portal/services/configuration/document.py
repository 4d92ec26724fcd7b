"""The document: what an export holds and an import reads, entry by entry, each with its place in the file.

Every kind of file becomes this one, and is judged after that: nothing is decided twice. What a document does not
mention stays as it is in the portal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT, VERSION = "llm_portal", 1
"""How a document of the portal says what it is, and which edition of this shape it is written in."""

SECTIONS: Mapping[str, str] = {
    "contexts": "contexts that administrators added",
    "teams": "teams, without the people in them",
    "roles": "roles that administrators made, without the people who hold them",
    "providers": "providers, without any key",
    "models": "published models",
    "default": "the default model",
    "applications": "embedding applications, without their keys",
    "overrides": "models pinned for everybody",
    "gates": "the switches of the deployment",
    "settings": "what the Settings page changes, without the webhook",
    "limits": "requests of providers, people and applications, without what access tokens may send",
    "budgets": "money of people, roles, teams, their members and applications, without that of access tokens",
}
"""Every section, in the order in which an import takes them: what is spoken of comes before what speaks of it."""


@dataclass(frozen=True)
class Note:
    """Something to be said of one place in a file."""

    place: str
    said: str


@dataclass(frozen=True)
class Key:
    """A credential of a provider. Its parts are keys themselves, or names of variables on the server."""

    kind: str
    parts: Mapping[str, str] = field(repr=False)
    variables: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry: where it stands, what it is called, and its fields by the names of the portal's own document.

    Keys that a foreign file holds are beside the fields, so that nothing shows them by accident. `part` is the part of
    its section that it stands in, where a section has some.
    """

    place: str
    name: str
    values: Mapping[str, Any]
    keys: tuple[Key, ...] = field(default=(), repr=False)
    part: str = ""


@dataclass
class Document:
    """A file, read. `left_out` names what has no counterpart here; `faults` what cannot be used as it stands.

    `notices` say what was understood otherwise than it is written.
    """

    kind: str
    providers: list[Entry] = field(default_factory=list)
    models: list[Entry] = field(default_factory=list)
    contexts: list[Entry] = field(default_factory=list)
    teams: list[Entry] = field(default_factory=list)
    roles: list[Entry] = field(default_factory=list)
    applications: list[Entry] = field(default_factory=list)
    overrides: list[Entry] = field(default_factory=list)
    gates: list[Entry] = field(default_factory=list)
    default: Entry | None = None
    settings: Entry | None = None
    limits: list[Entry] = field(default_factory=list)
    budgets: list[Entry] = field(default_factory=list)
    unpriced: Entry | None = None
    left_out: list[Note] = field(default_factory=list)
    faults: list[Note] = field(default_factory=list)
    notices: list[Note] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many entries it has."""
        lists = self.contexts, self.teams, self.roles, self.providers, self.models, self.overrides
        return sum(map(len, (*lists, self.applications, self.limits, self.budgets)))

    def leave_out(self, place: str, said: str) -> None:
        self.left_out.append(Note(place, said))

    def fault(self, place: str, said: str) -> None:
        self.faults.append(Note(place, said))
