"""Sending a message, and asking again: what is stored before anything is sent to a provider."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from portal.domain.chats import LEASE, SYSTEM_PROMPT_LIMIT, OwnedChatId, State, message_fault, tidy, title_from
from portal.domain.errors import Conflict, Invalid, NotFound, Unavailable
from portal.domain.gates import AI, GATES
from portal.domain.people import Actor
from portal.domain.reasons import REASON_SENTENCES, REASON_WORDS, Layer, Reason
from portal.domain.selection import Refusal, Selection, trail_to_rows
from portal.services.chat import ownership, selector
from portal.services.runtime import Runtime
from portal.services.selection.choosing import choose
from portal.store import attempts as stored_attempts
from portal.store import chats as stored
from portal.store import people
from portal.store.attempts import AttemptRecord
from portal.store.base import Session, reading, transaction
from portal.store.chats import ChatRecord, TurnRecord

NO_MODEL = "no_model"
"""The category of an attempt for which no model could be selected."""

AT_ONCE = 16
"""Answers that one person may have written at once: each keeps a thread of the server for as long as it takes."""

TOO_MANY = f"{AT_ONCE} of your chats are being answered already. Wait for one, or stop one, then send again."

CHAT_TURNS, CHAT_LENGTH = 3_000, 10_000_000
"""Questions of one chat, and the characters of all that was said in it: what a page, a model and an export can take."""

FULL = "This chat has grown as long as a chat can. Begin a new one; this one stays to be read."

NOT_THERE = "The model that was chosen is not there any more. Choose another one."

STILL_RUNNING = "An answer is still being written in this chat. Wait for it, or stop it, then send again."


class SwitchedOff(Unavailable):
    """The gate of AI is off. Nothing is stored, so what was typed stays where it was typed."""

    def __init__(self) -> None:
        super().__init__(GATES[AI].off)


@dataclass(frozen=True)
class Message:
    """What a person sends. `client_id` is made by their browser: sent twice, it is one message.

    `parent_id` is the turn that this one follows, None for the first; a turn's sibling is its edited version.
    `new` opens the chat; its id is made by the page that offers it, so that sending twice opens one chat.
    `language_model_id` is the model that somebody chose with it, `model_name` one that they typed as `provider:model`;
    without either the chat stays set to what it is set to.
    """

    chat_id: UUID
    text: str
    client_id: str
    parent_id: UUID | None = None
    language_model_id: UUID | None = None
    system_prompt: str | None = None
    new: bool = False
    model_name: str = ""


@dataclass(frozen=True)
class Sent:
    """What was stored. `fresh` says that the attempt waits for its answer to be generated, by whoever sent it."""

    chat_id: OwnedChatId
    turn_id: UUID
    attempt_id: UUID
    fresh: bool


def send(actor: Actor, runtime: Runtime, message: Message) -> Sent:
    """Keep the message and begin an attempt at its answer. The same message again returns what there is.

    Raises `SwitchedOff` while the gate of AI is off, `Invalid` for a model that is not there for this person.
    """
    message = _checked(message)
    if message.language_model_id and not selector.is_there(actor, runtime, message.language_model_id):
        raise Invalid({"model_name": NOT_THERE})
    if message.model_name:
        message = replace(message, language_model_id=selector.named(actor, runtime, message.model_name))
    chosen = choose(
        runtime, actor, "root", chat_model_id=message.language_model_id or _chat_model(actor, message.chat_id)
    )
    now = runtime.now()
    with transaction() as session:
        person = _step_up(session, actor)
        chat, owned = _hold(session, actor, message, now)
        turn = stored.turn_sent_as(session, owned, message.client_id)
        if turn is not None:
            attempts = stored_attempts.attempts_at(session, owned, [turn.id]).get(turn.id, [])
            return Sent(owned, turn.id, attempts[-1].id, fresh=False)
        _refuse_a_second(session, owned, person, now)
        if message.parent_id and stored.turn_of(session, owned, message.parent_id) is None:
            raise NotFound("The message that this one follows is not in this chat any more. Load the chat again.")
        turn = TurnRecord(
            id=uuid4(),
            chat_id=chat.id,
            parent_id=message.parent_id,
            client_id=message.client_id,
            text=message.text,
            created_at=now,
        )
        session.add(turn)
        session.flush()
        chat.title = chat.title or title_from(message.text)
        chat.language_model_id = message.language_model_id or chat.language_model_id
        chat.leaf_id = turn.id
        if message.system_prompt is not None:
            chat.system_prompt = message.system_prompt
        return _begin(session, chat, owned, turn.id, chosen, message.language_model_id, now)


def send_again(
    actor: Actor, runtime: Runtime, chat_id: UUID, turn_id: UUID, language_model_id: UUID | None = None
) -> Sent:
    """Begin another attempt at a turn's answer: by the chat's model, or by exactly the one that is named.

    Raises `SwitchedOff` while the gate of AI is off, `NotFound` for a model that is not there for this person.
    """
    if language_model_id and not selector.is_there(actor, runtime, language_model_id):
        raise NotFound(NOT_THERE)
    chosen = choose(runtime, actor, "root", chat_model_id=_chat_model(actor, chat_id), explicit=language_model_id)
    now = runtime.now()
    with transaction() as session:
        person = _step_up(session, actor)
        chat, owned = ownership.find(session, actor, chat_id, lock=True)
        turn = stored.turn_of(session, owned, turn_id)
        if turn is None:
            raise NotFound
        _refuse_a_second(session, owned, person, now)
        return _begin(session, chat, owned, turn.id, chosen, language_model_id, now)


def _checked(message: Message) -> Message:
    text = tidy(message.text).strip("\n")
    system_prompt = None if message.system_prompt is None else tidy(message.system_prompt).strip()
    faults = {}
    if fault := message_fault(text):
        faults["text"] = fault
    if system_prompt and len(system_prompt) > SYSTEM_PROMPT_LIMIT:
        faults["system_prompt"] = f"The system prompt is too long; {SYSTEM_PROMPT_LIMIT:,} characters fit."
    if not 0 < len(message.client_id) <= 64 or not message.client_id.isprintable():
        faults[""] = "The page lost track of this message. Copy it, load the page again, and send it from there."
    if faults:
        raise Invalid(faults)
    return replace(message, text=text, system_prompt=system_prompt, model_name=message.model_name.strip())


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotFound
    return actor.id


def _chat_model(actor: Actor, chat_id: UUID) -> UUID | None:
    with reading() as session:
        chat = stored.chat_of(session, _id(actor), chat_id)
        return chat.language_model_id if chat else None


def _hold(session: Session, actor: Actor, message: Message, now: datetime) -> tuple[ChatRecord, OwnedChatId]:
    if message.new:
        stored.open_chat(session, _id(actor), message.chat_id, now)
    return ownership.find(session, actor, message.chat_id, lock=True)


def _step_up(session: Session, actor: Actor) -> UUID:
    """Lock the person's own row: what they send at once is counted one after the other. `NotFound` without one."""
    if people.user_by_id(session, _id(actor), lock=True) is None:
        raise NotFound
    return _id(actor)


def _refuse_a_second(session: Session, chat_id: OwnedChatId, user_id: UUID, now: datetime) -> None:
    stored_attempts.expire_attempts(session, chat_id, now)
    if stored_attempts.running_attempt(session, chat_id) is not None:
        raise Conflict(STILL_RUNNING)
    turns, length = stored_attempts.size_of(session, chat_id)
    if turns >= CHAT_TURNS or length >= CHAT_LENGTH:
        raise Conflict(FULL)
    if stored_attempts.count_running(session, user_id, now) >= AT_ONCE:
        raise Conflict(TOO_MANY)


def _begin(
    session: Session,
    chat: ChatRecord,
    owned: OwnedChatId,
    turn_id: UUID,
    chosen: Selection | Refusal,
    requested: UUID | None,
    now: datetime,
) -> Sent:
    """Store the attempt with its selection. Without a model it has failed at once, and says why."""
    if isinstance(chosen, Refusal) and chosen.reason is Reason.GATE_OFF:
        raise SwitchedOff
    found = isinstance(chosen, Selection)
    attempt = AttemptRecord(
        id=uuid4(),
        chat_id=owned,
        turn_id=turn_id,
        layer=chosen.layer.value,
        trail=trail_to_rows(chosen.trail),
        requested_model=str(requested or ""),
        created_at=now,
        **(_selected(chosen, now) if isinstance(chosen, Selection) else _refused(chosen, now)),
    )
    session.add(attempt)
    chat.changed_at = now
    return Sent(owned, turn_id, attempt.id, fresh=found)


def _selected(chosen: Selection, now: datetime) -> dict[str, Any]:
    return {
        "state": State.STREAMING.value,
        "lease_until": now + LEASE,
        "language_model_id": chosen.language_model_id,
        "provider_id": chosen.provider_id,
        "selected_model": f"{chosen.provider_name}:{chosen.name}",
        "display_name": chosen.display_name,
        "provider_label": chosen.provider_label,
        "key_source": chosen.credential,
        "effort": chosen.effort,
    }


def _refused(refusal: Refusal, now: datetime) -> dict[str, Any]:
    sentence = REASON_SENTENCES[refusal.reason]
    if refusal.layer is not Layer.EXPLICIT:
        sentence = f"No model can be used right now. Ask an administrator: {_because(refusal)}."
    return {
        "state": State.FAILED.value,
        "finished_at": now,
        "category": NO_MODEL,
        "detail": refusal.reason.value,
        "hint": sentence,
        "selected_model": refusal.candidate,
    }


def _because(refusal: Refusal) -> str:
    if not refusal.candidate:
        return "no model is published yet"
    return f"of {refusal.candidate}, the first one, it says: {REASON_WORDS[refusal.reason]}"
