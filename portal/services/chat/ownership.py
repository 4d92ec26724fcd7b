"""Whose chat it is: the one place where an id becomes that of a chat this person owns."""

from uuid import UUID

from portal.domain.chats import OwnedChatId
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.store import chats as stored
from portal.store.base import Session
from portal.store.chats import ChatRecord


def find(session: Session, actor: Actor, chat_id: UUID, *, lock: bool = False) -> tuple[ChatRecord, OwnedChatId]:
    """The actor's own chat, and the proof that it is. Anybody else's is `NotFound`, as if it were not there."""
    if actor.id is None:
        raise NotFound
    chat = (stored.hold_chat if lock else stored.chat_of)(session, actor.id, chat_id)
    if chat is None:
        raise NotFound("This chat is not there. It may have been deleted.")
    return chat, OwnedChatId(chat.id)
