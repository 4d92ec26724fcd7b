"""Chats brought in from files: each becomes a chat of one's own, with every version and every answer, or none does."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.domain.carried_chats import CarriedChat, Unreadable, read_chat
from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.services.runtime import Runtime
from portal.store import carried_chats as stored
from portal.store.base import transaction

MOST_FILES = 20
"""Files that are brought at once."""


@dataclass(frozen=True)
class GivenFile:
    """A file as a person gave it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Imported:
    """A chat that was made of a file."""

    chat_id: UUID
    title: str


def bring_in(actor: Actor, runtime: Runtime, files: Sequence[GivenFile]) -> tuple[Imported, ...]:
    """Make a chat of each file, all of them or none. Raises `Invalid` naming each file that cannot be one, and why."""
    if not files:
        raise Invalid({"files": "Choose a file first: a chat that was exported as JSON."})
    if len(files) > MOST_FILES:
        raise Invalid({"files": f"These are {len(files)} files. Bring {MOST_FILES} at once at most."})
    read, faults = [], []
    for file in files:
        try:
            read.append(read_chat(file.data, runtime.now()))
        except Unreadable as fault:
            faults.append(f"{file.name[:80]}: {fault.sentence}")
    if faults:
        raise Invalid({"files": " ".join(faults)})
    return keep(actor, runtime, read)


def keep(actor: Actor, runtime: Runtime, chats: Sequence[CarriedChat]) -> tuple[Imported, ...]:
    """Store chats as one's own, the last used now."""
    if actor.id is None:
        raise NotFound
    with transaction() as session:
        return tuple(Imported(stored.add_chat(session, actor.id, chat, runtime.now()), chat.title) for chat in chats)
