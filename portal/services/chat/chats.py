"""A person's own chats: listing, reading, renaming, deleting. Somebody else's chat is not there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from portal.domain import versions
from portal.domain.chats import CHAT_TURNS, SYSTEM_PROMPT_LIMIT, TITLE_LIMIT, tidy
from portal.domain.errors import Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.shelves import DELETED, MOST_PINNED, OPEN, PINNED
from portal.services.chat import summaries
from portal.services.chat.ownership import find
from portal.services.chat.view import ChatView, TurnView, fields_of, view_of
from portal.services.runtime import Runtime
from portal.store import attempts as stored_attempts
from portal.store import chats as stored
from portal.store import shelves
from portal.store.base import reading, transaction
from portal.store.shelves import Talk

LIST_LENGTH = 40
SHOWN_TURNS = 30
IDS_AT_ONCE = 500


@dataclass(frozen=True)
class TalkPage:
    """One page of the list. `after` is where the next page begins, None at the end; `pinned` stand above the first."""

    talks: tuple[Talk, ...]
    after: tuple[datetime, UUID] | None = None
    pinned: tuple[Talk, ...] = ()


def list_for(
    actor: Actor, runtime: Runtime, *, shelf: str = OPEN, before: tuple[datetime, UUID] | None = None
) -> TalkPage:
    """This person's chats on a shelf, the last used first, a page at a time."""
    if actor.id is None or shelf == DELETED:
        return TalkPage(())
    pinned: list[Talk] = []
    with reading() as session:
        talks = shelves.talks_of(session, actor.id, shelf=shelf, before=before, limit=LIST_LENGTH + 1)
        if shelf == OPEN and before is None:
            pinned = shelves.talks_of(session, actor.id, shelf=PINNED, limit=MOST_PINNED)
    shown = talks[:LIST_LENGTH]
    after = (shown[-1].changed_at, shown[-1].id) if len(talks) > LIST_LENGTH else None
    return TalkPage(tuple(shown), after, tuple(pinned))


def every_id(actor: Actor) -> Iterator[UUID]:
    """All chats of this person but deleted ones, read a page at a time while it is gone through."""
    before: UUID | None = None
    while actor.id is not None:
        with reading() as session:
            page = shelves.ids_after(session, actor.id, before, IDS_AT_ONCE)
        yield from page
        if len(page) < IDS_AT_ONCE:
            return
        before = page[-1]


def show(
    actor: Actor, runtime: Runtime, chat_id: UUID, *, turn_id: UUID | None = None, last: int = SHOWN_TURNS
) -> ChatView:
    """A chat with the last turns of its branch, or of the branch that goes through `turn_id`."""
    last = max(1, min(last, CHAT_TURNS))
    with reading() as session:
        chat, owned = find(session, actor, chat_id)
        leaf_id = chat.leaf_id
        if turn_id is not None:
            if stored.turn_of(session, owned, turn_id) is None:
                raise NotFound
            leaf_id = stored.newest_below(session, owned, turn_id)
            last = min(max(last, stored.depth_of(session, owned, leaf_id, turn_id)), CHAT_TURNS)
        path = stored.path_to(session, owned, leaf_id, last) if leaf_id else []
        shown = view_of(session, chat, owned, path, runtime.now())
        return replace(shown, summaries=summaries.of_chat(session, owned, runtime.now()))


def show_whole(actor: Actor, runtime: Runtime, chat_id: UUID, *, every_branch: bool = False) -> ChatView:
    """A chat with every turn of the branch that is shown, or of all branches: for taking it away."""
    with reading() as session:
        chat, owned = find(session, actor, chat_id)
        if every_branch:
            path = stored.turns_of(session, owned)
        else:
            path = stored.path_to(session, owned, chat.leaf_id) if chat.leaf_id else []
        shown = view_of(session, chat, owned, path, runtime.now())
        return replace(shown, summaries=summaries.of_chat(session, owned, runtime.now()))


def show_turn(actor: Actor, runtime: Runtime, chat_id: UUID, attempt_id: UUID) -> TurnView:
    """The turn that an attempt answers, as it stands now: what a page reads while it follows along."""
    with reading() as session:
        chat, owned = find(session, actor, chat_id)
        attempt = stored_attempts.attempt_of(session, owned, attempt_id)
        turn = stored.turn_of(session, owned, attempt.turn_id) if attempt else None
        if turn is None:
            raise NotFound
        return view_of(session, chat, owned, [turn], runtime.now()).turns[0]


def change(
    actor: Actor, runtime: Runtime, chat_id: UUID, *, title: str, system_prompt: str, version: str | None = None
) -> None:
    """Rename a chat and say what its models are told first. Raises as every form does."""
    title, system_prompt = _tidy_title(title), tidy(system_prompt).strip()
    faults = _title_faults(title)
    if len(system_prompt) > SYSTEM_PROMPT_LIMIT:
        faults["system_prompt"] = f"The system prompt is too long; {SYSTEM_PROMPT_LIMIT:,} characters fit."
    if faults:
        raise Invalid(faults)
    with transaction() as session:
        chat, _ = find(session, actor, chat_id, lock=True)
        versions.require("the chat", fields_of(chat), version)
        if title != chat.title:
            chat.title, chat.titled_by = title, "person"
        chat.system_prompt = system_prompt


def rename(actor: Actor, runtime: Runtime, chat_id: UUID, title: str) -> str:
    """Give a chat another name, and nothing else; returns it as it is kept. Raises `Invalid` for none or a long one."""
    title = _tidy_title(title)
    if faults := _title_faults(title):
        raise Invalid(faults)
    with transaction() as session:
        chat, _ = find(session, actor, chat_id, lock=True)
        if title != chat.title:
            chat.title, chat.titled_by = title, "person"
    return title


def _tidy_title(title: str) -> str:
    return " ".join(tidy(title).split())


def _title_faults(title: str) -> dict[str, str]:
    if not title:
        return {"title": "Give the chat a name."}
    if len(title) > TITLE_LIMIT:
        return {"title": f"This name is too long; {TITLE_LIMIT} characters fit."}
    return {}
