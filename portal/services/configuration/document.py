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
    "providers": "providers, without any key",
    "models": "published models",
    "default": "the default model",
    "overrides": "models pinned for everybody",
    "gates": "the switches of the deployment",
    "settings": "what the Settings page changes, without the webhook",
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

    Keys that a foreign file holds are beside the fields, so that nothing shows them by accident.
    """

    place: str
    name: str
    values: Mapping[str, Any]
    keys: tuple[Key, ...] = field(default=(), repr=False)


@dataclass
class Document:
    """A file, read. `left_out` names what has no counterpart here; `faults` what cannot be used as it stands.

    `notices` say what was understood otherwise than it is written.
    """

    kind: str
    providers: list[Entry] = field(default_factory=list)
    models: list[Entry] = field(default_factory=list)
    contexts: list[Entry] = field(default_factory=list)
    overrides: list[Entry] = field(default_factory=list)
    gates: list[Entry] = field(default_factory=list)
    default: Entry | None = None
    settings: Entry | None = None
    left_out: list[Note] = field(default_factory=list)
    faults: list[Note] = field(default_factory=list)
    notices: list[Note] = field(default_factory=list)

    def leave_out(self, place: str, said: str) -> None:
        self.left_out.append(Note(place, said))

    def fault(self, place: str, said: str) -> None:
        self.faults.append(Note(place, said))
