"""What tests about chats begin with: a provider at the scripted upstream, a model published on it, a message sent."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select

from portal.domain.origins import origin_of
from portal.domain.people import Actor
from portal.services.chat import answering, sending
from portal.services.chat.events import Arrived, Event
from portal.services.chat.sending import Message, Sent
from portal.services.keys import shared_keys
from portal.services.runtime import Runtime
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.chats import ChatRecord, TurnRecord
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord

KEY = "sk-chat-4f9a01c2"


def connect(
    runtime: Runtime,
    actor: Actor,
    base_url: str,
    *models: str,
    name: str = "acme",
    type: str = "openai_compatible",
    key: str | None = KEY,
    prices: dict[str, str] | None = None,
    read_timeout: float = 10.0,
) -> list[UUID]:
    """A provider at this address with these models, the first one the default. Returns the models' ids."""
    now = datetime.now(UTC)
    ids = []
    with transaction() as session:
        state = lock_catalog(session)
        provider = ProviderRecord(
            id=uuid4(),
            name=name,
            label=name.capitalize(),
            type=type,
            base_url=base_url,
            destination=origin_of(base_url),
            read_timeout=read_timeout,
            created_at=now,
            changed_at=now,
            proven_from=now,
        )
        session.add(provider)
        session.flush()
        if key:
            shared_keys.add(session, runtime, actor, provider, key)
        for position, wire_name in enumerate(models or ("gpt-5.2",), 1):
            model = LanguageModelRecord(
                id=uuid4(),
                provider_id=provider.id,
                name=wire_name,
                wire_name=wire_name,
                display_name=wire_name.upper(),
                position=position,
                context_limit=128_000,
                features=["conversations", "reviews", "actions"],
                prices=prices or {},
                created_at=now,
                changed_at=now,
            )
            session.add(model)
            session.flush()
            ids.append(model.id)
            state.default_id = state.default_id or model.id
    return ids


def send_message(
    actor: Actor,
    runtime: Runtime,
    text: str,
    chat_id: UUID | None = None,
    parent_id: UUID | None = None,
    **more: object,
) -> Sent:
    """Send a message, the first one of a new chat unless told of a chat."""
    client_id = str(more.pop("client_id", uuid4()))
    message = Message(chat_id or uuid4(), text, client_id, parent_id, new=chat_id is None, **more)  # type: ignore[arg-type]
    return sending.send(actor, runtime, message)


def collect_events(actor: Actor, runtime: Runtime, sent: Sent) -> list[Event]:
    """All the events of an answer."""
    return list(answering.answer(actor, runtime, sent))


def long_chat(user_id: UUID, turns: int) -> UUID:
    """A chat of so many turns, each answered, written straight into the database."""
    now, chat_id, parent = datetime.now(UTC), uuid4(), None
    with transaction() as session:
        session.add(ChatRecord(id=chat_id, user_id=user_id, title="Long", created_at=now, changed_at=now))
        session.flush()
        for number in range(turns):
            at = now + timedelta(seconds=number)
            turn = TurnRecord(
                id=uuid4(), chat_id=chat_id, parent_id=parent, client_id=str(number), text=f"q{number}", created_at=at
            )
            session.add(turn)
            session.flush()
            session.add(
                AttemptRecord(chat_id=chat_id, turn_id=turn.id, state="complete", text=f"a{number}", created_at=at)
            )
            parent = turn.id
        session.get(ChatRecord, chat_id).leaf_id = parent
    return chat_id


def attempts(chat_id: UUID | None = None) -> list[AttemptRecord]:
    """All that were made at answering, or those of one chat, from first to last."""
    with reading() as session:
        query = select(AttemptRecord).order_by(AttemptRecord.created_at)
        return list(session.scalars(query.where(AttemptRecord.chat_id == chat_id) if chat_id else query))


def text_of(events: Iterable[Event]) -> str:
    """What has arrived of an answer."""
    return "".join(event.text for event in events if isinstance(event, Arrived))


def sentence_frames(*words: str) -> list[dict[str, Any]]:
    """The frames in which a provider streams these words."""
    return [{"model": "gpt-5.2", "choices": [{"index": 0, "delta": {"content": word}}]} for word in words]


def answer_in_thread(app: Flask, actor: Actor, runtime: Runtime, sent: Sent) -> tuple[threading.Thread, list[Event]]:
    """Read an answer as another request would; returns the thread and the events so far."""
    events: list[Event] = []

    def run() -> None:
        with app.app_context():
            for event in answering.answer(actor, runtime, sent):
                events.append(event)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, events
