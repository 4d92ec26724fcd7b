"""Sending a message, and asking again: what is stored before anything is sent to a provider."""

from datetime import datetime
from uuid import UUID, uuid4

from portal.domain.budgets import BudgetReached
from portal.domain.catalog import Catalog
from portal.domain.chats import CHAT_LENGTH, CHAT_TURNS, OwnedChatId, title_from
from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.selection import Refusal, Selection
from portal.domain.shelves import ARCHIVED, OPEN
from portal.domain.subagents import context_of
from portal.services.allowances import paying
from portal.services.chat import attachments, expiry, fitting, ownership, selector
from portal.services.chat.attachments import AttachmentView
from portal.services.chat.attempts import begin_attempt
from portal.services.chat.messages import Begun, Message, Sent, checked
from portal.services.chat.view import TurnView, turn_view
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import attachments as stored_attachments
from portal.store import attempts as stored_attempts
from portal.store import chats as stored
from portal.store import questions
from portal.store.base import Session, transaction
from portal.store.questions import ChatState

AT_ONCE = 16
"""Answers that one person may have written at once: each keeps a thread of the server for as long as it takes."""

TOO_MANY = f"{AT_ONCE} of your chats are being answered already. Wait for one, or stop one, then send again."

FULL = "This chat has grown as long as a chat can. Begin a new one; this one stays to be read."

NOT_THERE = "The model that was chosen is not there any more. Choose another one."

NO_PARENT = "The message that this one follows is not in this chat any more. Load the chat again."

STILL_RUNNING = "An answer is still being written in this chat. Wait for it, or stop it, then send again."


class _Outdated(Exception):
    """Something that selection reads was changed since this process read it."""


def send(actor: Actor, runtime: Runtime, message: Message) -> Sent:
    """Keep the message and begin an attempt at its answer. The same message again returns what there is.

    Raises `SwitchedOff` while the gate of AI is off, `BudgetReached` when a budget is used up, `Invalid` for a model
    that is not there for this person.
    """
    message = checked(message)
    catalog = choosing.known_catalog(runtime)
    wanted = message.language_model_id
    if message.model_name or (wanted and not selector.is_there(actor, catalog, wanted)):
        catalog = choosing.current_catalog(runtime)  # nobody is refused for what this process does not know yet
    try:
        return _send(actor, runtime, message, catalog, known=True)
    except (_Outdated, BudgetReached):  # a budget may have been raised since this process read it
        return _send(actor, runtime, message, choosing.current_catalog(runtime), known=False)


def _send(actor: Actor, runtime: Runtime, message: Message, catalog: Catalog, *, known: bool) -> Sent:
    """The same by this catalog; raises `_Outdated` when it is one that was `known`, and is no more the newest."""
    wanted = message.language_model_id
    if wanted and not selector.is_there(actor, catalog, wanted):
        raise Invalid({"model_name": NOT_THERE})
    if message.model_name:
        wanted = selector.named(actor, catalog, message.model_name)
    reached = _budget_reached(runtime, actor, catalog)
    # Chosen before anything is locked: what follows from a new version of the catalog is worked out here, not inside.
    effort, context = message.effort or "", context_of(message.text)
    chosen = choosing.choose_from(catalog, actor, context, wanted, effort=effort)
    user_id, now, turn_id = _id(actor), runtime.now(), uuid4()
    with transaction() as session:
        _step_up(session, user_id, catalog if known else None)
        title, system_prompt = title_from(message.text), message.system_prompt or ""
        begun = message.new and ownership.begin(
            session,
            user_id,
            message.chat_id,
            now,
            title=title,
            language_model_id=wanted,
            system_prompt=system_prompt,
            leaf_id=turn_id,
            effort=effort,
        )
        siblings = [turn_id]
        if begun:
            owned, busy = begun
            _refuse_too_many(busy)
            if reached:
                raise reached
            if message.parent_id:
                raise NotFound(NO_PARENT)
        else:
            chat, owned, state = ownership.hold(
                session, user_id, message.chat_id, now, client_id=message.client_id, parent_id=message.parent_id
            )
            if state.sent_as is not None:
                attempts = stored_attempts.attempts_at(session, owned, [state.sent_as]).get(state.sent_as, [])
                return Sent(owned, state.sent_as, attempts[-1].id)
            if reached:
                raise reached
            _refuse_a_second(session, owned, state, now)
            if message.parent_id and not state.parent_known:
                raise NotFound(NO_PARENT)
            if state.siblings:
                siblings = [*stored.children_of(session, owned, message.parent_id), turn_id]
            kept_effort = chat.effort if message.effort is None else effort
            if (wanted is None and chat.language_model_id is not None) or kept_effort != effort:
                chosen = choosing.choose_from(
                    catalog, actor, context, wanted or chat.language_model_id, effort=kept_effort
                )
            chat.effort = kept_effort
            chat.title = title = chat.title or title
            chat.language_model_id = wanted or chat.language_model_id
            chat.leaf_id, chat.changed_at = turn_id, now
            if chat.shelf == ARCHIVED:
                chat.shelf, chat.shelved_at = OPEN, now
            if message.system_prompt is not None:
                chat.system_prompt = message.system_prompt
            system_prompt = chat.system_prompt
        turn = stored.add_turn(
            session,
            id=turn_id,
            chat_id=owned,
            parent_id=message.parent_id,
            client_id=message.client_id,
            text=message.text,
            created_at=now,
        )
        attached: tuple[AttachmentView, ...] = ()
        if message.attachments:
            reader = fitting.reader_of(session, actor, catalog, chosen)
            attached = fitting.attach(
                session, user_id, owned, turn_id, message.attachments, reader, len(message.text), now
            )
        attempt = begin_attempt(session, owned, turn_id, chosen, wanted, now, context)
        return _sent(title, system_prompt, turn_view(turn, [attempt], siblings, now, attached), chosen, owned)


def send_again(
    actor: Actor,
    runtime: Runtime,
    chat_id: UUID,
    turn_id: UUID,
    language_model_id: UUID | None = None,
    *,
    beside: bool = False,
) -> Sent:
    """Begin another attempt at a turn's answer: by the chat's model, or by exactly the one that is named.

    `beside`: it is read beside the one that stands there, until somebody picks either.

    Raises `SwitchedOff` while the gate of AI is off, `NotFound` for a model that is not there for this person.
    """
    catalog = choosing.known_catalog(runtime)
    if language_model_id and not selector.is_there(actor, catalog, language_model_id):
        catalog = choosing.current_catalog(runtime)
    try:
        return _send_again(actor, runtime, chat_id, turn_id, language_model_id, catalog, known=True, beside=beside)
    except (_Outdated, BudgetReached):  # a budget may have been raised since this process read it
        catalog = choosing.current_catalog(runtime)
        return _send_again(actor, runtime, chat_id, turn_id, language_model_id, catalog, known=False, beside=beside)


def _send_again(
    actor: Actor,
    runtime: Runtime,
    chat_id: UUID,
    turn_id: UUID,
    wanted: UUID | None,
    catalog: Catalog,
    *,
    known: bool,
    beside: bool,
) -> Sent:
    if wanted and not selector.is_there(actor, catalog, wanted):
        raise NotFound(NOT_THERE)
    paying.enter(runtime, actor, None, catalog.version)
    choosing.choose_from(catalog, actor, explicit=wanted)  # as in `_send`: worked out before anything is locked
    user_id, now = _id(actor), runtime.now()
    with transaction() as session:
        _step_up(session, user_id, catalog if known else None)
        chat, owned, state = ownership.hold(session, user_id, chat_id, now)
        found = questions.turn_with_attempts(session, owned, turn_id)
        if found is None:
            raise NotFound
        turn, before, siblings, has_files = found
        _refuse_a_second(session, owned, state, now)
        context = context_of(turn.text)
        chosen = choosing.choose_from(catalog, actor, context, chat.language_model_id, wanted, effort=chat.effort)
        attempt = begin_attempt(session, owned, turn_id, chosen, wanted, now, context, beside=beside)
        chat.changed_at, turn.picked_id = now, turn.picked_id if beside else None
        versions = [turn_id] if siblings == 1 else stored.children_of(session, owned, turn.parent_id)
        files = stored_attachments.at_turns(session, owned, [turn_id]) if has_files else {}
        attached = attachments.views(files.get(turn_id, ()))
        shown = turn_view(turn, [*before, attempt], versions, now, attached)
        return _sent(chat.title, chat.system_prompt, shown, chosen, owned)


def _budget_reached(runtime: Runtime, actor: Actor, catalog: Catalog) -> BudgetReached | None:
    """What a message is refused with while a budget is used up; one that was sent before is answered all the same."""
    try:
        paying.enter(runtime, actor, None, catalog.version)
    except BudgetReached as reached:
        return reached
    return None


def _id(actor: Actor) -> UUID:
    if actor.id is None:
        raise NotFound
    return actor.id


def _step_up(session: Session, user_id: UUID, catalog: Catalog | None) -> None:
    """Lock the person's own row: what they send at once is counted one after the other. `NotFound` without one.

    Raises `_Outdated` when this catalog is not the newest.
    """
    version = questions.step_up(session, user_id)
    if version is None:
        raise NotFound
    if catalog is not None and catalog.version != version:
        raise _Outdated


def _refuse_a_second(session: Session, chat_id: OwnedChatId, state: ChatState, now: datetime) -> None:
    if state.expired:
        expiry.expire(session, chat_id, now)
    if state.running:
        raise Conflict(STILL_RUNNING)
    if state.turns >= CHAT_TURNS or state.length >= CHAT_LENGTH:
        raise Conflict(FULL)
    _refuse_too_many(state.busy)


def _refuse_too_many(busy: int) -> None:
    if busy >= AT_ONCE:
        raise Conflict(TOO_MANY)


def _sent(title: str, system_prompt: str, turn: TurnView, chosen: Selection | Refusal, owned: OwnedChatId) -> Sent:
    begun = Begun(title, system_prompt, turn, chosen) if isinstance(chosen, Selection) else None
    return Sent(owned, turn.id, turn.attempts[-1].id, begun)
