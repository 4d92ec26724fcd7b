"""Giving a colleague a copy of a chat to read: as it stands now, while the gate is open, until it is taken back."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain.carried_chats import CarriedChat, read_chat
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.gates import CHAT_SHARING, GATES
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.chat import chats, export, importing, ownership, reader_tries
from portal.services.chat.export import Of
from portal.services.chat.importing import Imported
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import chat_shares as stored
from portal.store import people
from portal.store.base import Session, reading, transaction
from portal.store.chat_shares import ChatShareRecord, Share

MOST = 50
"""Copies of one chat, and those that one sees of what one was given."""

NOBODY = "Nobody here has this e-mail. Write it as they sign in with it."


@dataclass(frozen=True)
class Shared:
    """A copy to be read. `mine`: who reads it gave it."""

    id: UUID
    chat: CarriedChat
    owner: str
    mine: bool
    created_at: datetime


def is_open(runtime: Runtime) -> bool:
    """Whether chats are shared here at all."""
    return choosing.current_catalog(runtime).gates.chat_sharing


def give(actor: Actor, runtime: Runtime, chat_id: UUID, email: str) -> tuple[UUID, str]:
    """Give a copy of what is shown to whoever signs in with this e-mail. Returns the copy's id and their name.

    Raises `Denied` while the gate is shut, `NotFound` for a chat that is not one's own, `Invalid` for the e-mail, and
    `Throttled` after too many that nobody has.
    """
    chat = chats.show_whole(actor, runtime, chat_id)
    _require_open(runtime)
    content = _as_shown(export.as_json(chat, Of.SHOWN))
    email = email.strip().lower()
    if not email:
        raise Invalid({"email": NOBODY})
    reader_tries.count(_id(actor), runtime.now())
    with reading() as session:
        known = people.user_by_email(session, email)
    if known is None or not known.enabled:
        raise Invalid({"email": NOBODY})
    reader_tries.give_back(_id(actor), runtime.now())
    with transaction() as session:
        found, owned = ownership.find(session, actor, chat_id, lock=True)
        reader = people.user_by_id(session, known.id)
        if reader is None or not reader.enabled:
            raise Invalid({"email": NOBODY})
        if reader.id == actor.id:
            raise Invalid({"email": "This is your own e-mail. Write that of a colleague."})
        if stored.count_of(session, owned) >= MOST:
            raise Invalid({"email": f"This chat was given to {MOST} people already. Take one copy back first."})
        share = ChatShareRecord(
            chat_id=owned,
            owner_id=found.user_id,
            reader_id=reader.id,
            title=found.title,
            content=content,
            created_at=runtime.now(),
        )
        session.add(share)
        session.flush()
        _record(session, runtime, actor, "chat.share", share, reader.name)
        return share.id, reader.name


def take_back(actor: Actor, runtime: Runtime, share_id: UUID) -> UUID:
    """Take a copy back that one gave; returns the chat's id. Works while the gate is shut as well."""
    with transaction() as session:
        found = stored.find(session, share_id, _id(actor))
        if found is None or found[0].owner_id != actor.id:
            raise NotFound
        share = found[0]
        reader = people.user_by_id(session, share.reader_id)
        _record(session, runtime, actor, "chat.unshare", share, reader.name if reader else "")
        session.delete(share)
        return share.chat_id


def given(actor: Actor, runtime: Runtime, chat_id: UUID) -> tuple[Share, ...]:
    """The copies of one's own chat that others have."""
    with reading() as session:
        _, owned = ownership.find(session, actor, chat_id)
        return tuple(stored.of_chat(session, owned, MOST))


def list_mine(actor: Actor, runtime: Runtime) -> tuple[Share, ...]:
    """What one was given to read; nothing while the gate is shut."""
    if not is_open(runtime):
        return ()
    with reading() as session:
        return tuple(stored.with_reader(session, _id(actor), MOST))


def read(actor: Actor, runtime: Runtime, share_id: UUID) -> Shared:
    """A copy that one gave or was given. Raises `NotFound` for anybody else, `Denied` while the gate is shut."""
    with reading() as session:
        found = stored.find(session, share_id, _id(actor))
    if found is None:
        raise NotFound
    _require_open(runtime)
    share, owner = found
    chat = read_chat(share.content.encode(), runtime.now())
    return Shared(share.id, chat, owner, share.owner_id == actor.id, share.created_at)


def copy(actor: Actor, runtime: Runtime, share_id: UUID) -> Imported:
    """Go on with what one was given in a chat of one's own."""
    shared = read(actor, runtime, share_id)
    return importing.keep(actor, runtime, [shared.chat])[0]


UNSHOWN = (
    *("thinking", "trail", "key_source", "layer", "tokens_in", "tokens_out", "cost_usd", "total_ms"),
    *("effort", "finish", "notes", "beside"),
)
"""What an export says of an answer, and a copy does not show."""


def _as_shown(content: str) -> str:
    """An export without what its reader is not shown: what is in a copy is what one sees of it."""
    chat = json.loads(content)
    del chat["system_prompt"], chat["summaries"]
    for turn in chat["turns"]:
        turn["attempts"] = [
            {name: value for name, value in answer.items() if name not in UNSHOWN} for answer in turn["attempts"]
        ]
        turn["attachments"] = [{"name": file["name"]} for file in turn["attachments"]]
    return json.dumps(chat, ensure_ascii=False)


def _require_open(runtime: Runtime) -> None:
    if not is_open(runtime):
        raise Denied(GATES[CHAT_SHARING].off)


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotFound
    return actor.id


def _record(session: Session, runtime: Runtime, actor: Actor, verb: str, share: ChatShareRecord, reader: str) -> None:
    """Who gave whom what: the chat by its ID, never by its name, which may say what it is about."""
    audit_trail.record(session, runtime, actor, verb, "chat", share.chat_id, reader)
