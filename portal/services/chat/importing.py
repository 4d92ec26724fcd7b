"""Chats brought in from files: each becomes a chat of one's own, with every version and every answer, or none does.

The files that were attached in them come along through what an upload goes through. One that does not get through is
left out of its chat, and named.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

from portal.domain.attachments import MIB, MOST_FILES, Sizes
from portal.domain.carried_chats import CarriedChat, CarriedFile, Unreadable, read_chat
from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.services.chat import attachments, carried_contents, uploads
from portal.services.chat.carried_contents import Content
from portal.services.chat.uploads import BENCH, Bench
from portal.services.runtime import Runtime
from portal.store import carried_chats as stored
from portal.store.base import reading, transaction

MOST_BROUGHT = 20
"""Files that are brought at once, a chat in each."""

MOST_TAKEN_IN = 200
"""Attached files of all of them: some are read in a process of their own, one after the other."""

NO_CONTENT = "What it held is not in the file."
TOO_MANY = f"{MOST_TAKEN_IN} attached files are taken in at once."


@dataclass(frozen=True)
class GivenFile:
    """A file as a person gave it."""

    name: str
    file: BinaryIO


@dataclass(frozen=True)
class LeftOut:
    """A file that was attached in a chat and did not come in, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Imported:
    """A chat that was made of a file."""

    chat_id: UUID
    title: str
    left_out: tuple[LeftOut, ...] = ()


@dataclass
class _Brought:
    """A chat that was read, the file that it came in, and what became of its own files."""

    chat: CarriedChat
    file: BinaryIO
    contents: Sequence[Content]
    taken: list[list[UUID]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)


def bring_in(actor: Actor, runtime: Runtime, files: Sequence[GivenFile], bench: Bench = BENCH) -> tuple[Imported, ...]:
    """Make a chat of each file, all of them or none. Raises `Invalid` naming each file that cannot be one, and why.

    It may wait for processes that read attached files, and meanwhile holds no connection to the database.
    """
    if actor.id is None:
        raise NotFound
    brought = _read(runtime, files)
    with reading() as session:
        most = attachments.sizes(session)
    try:
        for each in brought:
            _take_in_all(actor, runtime, each, sum(_count(one) for one in brought), most, bench)
        with transaction() as session:
            made = [stored.add_chat(session, actor.id, each.chat, runtime.now(), each.taken) for each in brought]
    except BaseException:  # no chat came of them: what was attached for it is not wanted
        for each in brought:
            _let_go(actor, runtime, each)
        raise
    return tuple(
        Imported(chat_id, each.chat.title, tuple(each.left_out)) for chat_id, each in zip(made, brought, strict=True)
    )


def keep(actor: Actor, runtime: Runtime, chats: Sequence[CarriedChat]) -> tuple[Imported, ...]:
    """Store chats as one's own, without files, the last used now."""
    if actor.id is None:
        raise NotFound
    with transaction() as session:
        return tuple(Imported(stored.add_chat(session, actor.id, chat, runtime.now()), chat.title) for chat in chats)


def _read(runtime: Runtime, files: Sequence[GivenFile]) -> list[_Brought]:
    if not files:
        raise Invalid({"files": "Choose a file first: a chat that was exported as JSON."})
    if len(files) > MOST_BROUGHT:
        raise Invalid({"files": f"These are {len(files)} files. Bring {MOST_BROUGHT} at once at most."})
    found, faults, left = list[_Brought](), list[str](), carried_contents.MOST_TEXT
    for given in files:
        try:
            text, contents = carried_contents.lift(given.file, left)
            left -= len(text)
            found.append(_Brought(read_chat(text, runtime.now()), given.file, contents))
        except Unreadable as fault:
            faults.append(f"{given.name[:80]}: {fault.sentence}")
    if faults:
        raise Invalid({"files": " ".join(faults)})
    return found


def _count(brought: _Brought) -> int:
    return sum(map(len, brought.taken))


def _take_in_all(actor: Actor, runtime: Runtime, brought: _Brought, before: int, most: Sizes, bench: Bench) -> None:
    """Take the files of each question in; what does not fit, or is none that can be attached, is left out."""
    for turn in brought.chat.turns:
        taken: list[UUID] = []
        brought.taken.append(taken)
        for file in turn.files:
            try:
                if len(taken) == MOST_FILES:
                    raise Unreadable(f"A message takes {MOST_FILES} files at most.")
                if before + _count(brought) >= MOST_TAKEN_IN:
                    raise Unreadable(TOO_MANY)
                taken.append(_take_in(actor, runtime, brought, file, most, bench))
            except (Unreadable, Invalid) as fault:
                brought.left_out.append(LeftOut(file.name[:80] or "file", fault.sentence))


def _take_in(actor: Actor, runtime: Runtime, brought: _Brought, file: CarriedFile, most: Sizes, bench: Bench) -> UUID:
    if file.place is None or file.place >= len(brought.contents):
        raise Unreadable(NO_CONTENT)
    with carried_contents.decoded(brought.file, brought.contents[file.place]) as content:
        taken = uploads.add(actor, runtime, content, file.name, bench)
    sizes = brought.sizes | {taken.sha256: taken.size}
    if sum(sizes.values()) > most.chat * MIB:
        attachments.remove(actor, runtime, taken.id)
        raise Unreadable(f"The files of one chat may have {most.chat:,} MiB in all.")
    brought.sizes = sizes
    return taken.id


def _let_go(actor: Actor, runtime: Runtime, brought: _Brought) -> None:
    for id in (id for ids in brought.taken for id in ids):
        with contextlib.suppress(NotFound):
            attachments.remove(actor, runtime, id)
