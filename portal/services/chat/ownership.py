"""Whose chat it is: the one place where an id becomes that of a chat this person owns."""

from datetime import datetime
from uuid import UUID

from portal.domain.chats import OwnedChatId
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.store import chats as stored
from portal.store import questions
from portal.store.base import Session
from portal.store.chats import ChatRecord
from portal.store.questions import ChatState

GONE = "This chat is not there. It may have been deleted."


def find(
    session: Session, actor: Actor, chat_id: UUID, *, lock: bool = False, deleted: bool = False
) -> tuple[ChatRecord, OwnedChatId]:
    """The actor's own chat, and the proof that it is. Anybody else's is `NotFound`, as if it were not there.

    `deleted` finds one, locked, that was deleted a moment ago.
    """
    if actor.id is None:
        raise NotFound
    if lock or deleted:
        chat = stored.hold_chat(session, actor.id, chat_id, deleted=deleted)
    else:
        chat = stored.chat_of(session, actor.id, chat_id)
    if chat is None:
        raise NotFound(GONE)
    return chat, OwnedChatId(chat.id)


def hold(
    session: Session,
    user_id: UUID,
    chat_id: UUID,
    now: datetime,
    *,
    client_id: str = "",
    parent_id: UUID | None = None,
) -> tuple[ChatRecord, OwnedChatId, ChatState]:
    """The same for a question that is to be asked in it: locked, and with how the chat stands."""
    held = questions.hold_chat(session, user_id, chat_id, now, client_id=client_id, parent_id=parent_id)
    if held is None:
        raise NotFound(GONE)
    chat, state = held
    return chat, OwnedChatId(chat.id), state


def begin(
    session: Session,
    user_id: UUID,
    chat_id: UUID,
    now: datetime,
    *,
    title: str,
    language_model_id: UUID | None,
    system_prompt: str,
    leaf_id: UUID,
    effort: str = "",
) -> tuple[OwnedChatId, int] | None:
    """Make the chat, and say how many of this person's are being answered. None when there is one with this id."""
    busy = questions.begin_chat(
        session,
        user_id,
        chat_id,
        now,
        title=title,
        language_model_id=language_model_id,
        system_prompt=system_prompt,
        leaf_id=leaf_id,
        effort=effort,
    )
    return None if busy is None else (OwnedChatId(chat_id), busy)
