"""What is stored of a compaction while it is made, so that every process knows of it, and how it failed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from portal.domain.chats import OwnedChatId
from portal.domain.compaction import State, Why
from portal.domain.errors import Conflict, NotFound
from portal.domain.people import Actor
from portal.domain.selection import trail_to_rows
from portal.services.chat import ownership
from portal.services.chat.asides import Chosen, NotTold
from portal.services.chat.summaries import BROKE_OFF
from portal.services.runtime import Runtime
from portal.store import compactions as stored
from portal.store import questions
from portal.store.base import reading, transaction

PART_SECONDS = 180.0
"""What one part of a summary may take."""

LEASE = timedelta(seconds=PART_SECONDS + 15)
"""So long one that is being made counts as such without a word from its process: it is renewed part by part."""

UNDER_WAY = "The older part of this chat is being summarised already."

log = structlog.get_logger("portal.compaction")


def begin(
    actor: Actor, runtime: Runtime, chat_id: OwnedChatId, turn_id: UUID, why: Why, chosen: Chosen, *, messages: int
) -> UUID:
    """Store that it is being made, and how long the chat is now: what is counted here no question counts again.

    `messages` is how many of them it will stand for. Raises `Conflict` where another one is being made.
    """
    selection, now = chosen.selection, runtime.now()
    return _store(
        actor,
        chat_id,
        now,
        turn_id=turn_id,
        why=why.value,
        messages=messages,
        made_at=now,
        lease_until=now + LEASE,
        language_model_id=selection.language_model_id,
        provider_id=selection.provider_id,
        selected_model=chosen.model,
        display_name=selection.display_name,
        provider_label=selection.provider_label,
        layer=selection.layer.value,
        trail=trail_to_rows(selection.trail),
        key_source=selection.credential,
    )


def _store(actor: Actor, chat_id: OwnedChatId, now: datetime, **values: Any) -> UUID:
    with transaction() as session:
        if actor.id is None or questions.step_up(session, actor.id) is None:
            raise NotFound
        _, owned, state = ownership.hold(session, actor.id, chat_id, now)
        running = stored.running(session, owned)
        if running is not None:
            if running.lease_until is not None and running.lease_until > now:
                raise Conflict(UNDER_WAY)
            stored.finish(session, owned, running.id, state=State.FAILED.value, hint=BROKE_OFF)
        return stored.begin(session, chat_id=owned, chat_length=state.length, **values)


def refuse(actor: Actor, runtime: Runtime, chat_id: OwnedChatId, turn_id: UUID, why: Why, error: NotTold) -> None:
    """Store that no model could be asked, at the turn where the summary would have ended."""
    now = runtime.now()
    id = _store(actor, chat_id, now, turn_id=turn_id, why=why.value, made_at=now, lease_until=now + LEASE)
    with transaction() as session:
        stored.finish(session, chat_id, id, state=State.FAILED.value, category=error.reason[:30], hint=error.sentence)
    log.warning("not_compacted", reason=error.reason, user=str(actor.id), chat=str(chat_id), model="")


def fail(chat_id: OwnedChatId, made_id: UUID, chosen: Chosen, error: NotTold) -> None:
    """Store why no summary came of it."""
    with transaction() as session:
        stored.finish(
            session, chat_id, made_id, state=State.FAILED.value, category=error.reason[:30], hint=error.sentence
        )
    log.warning("not_compacted", reason=error.reason, chat=str(chat_id), model=chosen.model)


def renew(runtime: Runtime, chat_id: OwnedChatId, made_id: UUID) -> None:
    """Say that it is still being made. Raises `NotTold` where another process took it for dead."""
    with transaction() as session:
        if not stored.renew(session, chat_id, made_id, runtime.now() + LEASE):
            raise NotTold("taken_away", BROKE_OFF)


def is_under_way(runtime: Runtime, chat_id: OwnedChatId) -> bool:
    """Whether a summary is being made in this chat, here or in another process."""
    with reading() as session:
        running = stored.running(session, chat_id)
    return running is not None and running.lease_until is not None and running.lease_until > runtime.now()
