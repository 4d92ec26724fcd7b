"""Of several answers to one question, the one that counts: it is shown, and sent as history."""

from uuid import UUID

from portal.domain.chats import SENT_AS_HISTORY, State
from portal.domain.errors import Conflict, NotFound
from portal.domain.people import Actor
from portal.services.chat import chats, ownership
from portal.services.chat.view import TurnView
from portal.services.runtime import Runtime
from portal.store import attempts as stored_attempts
from portal.store import chats as stored
from portal.store.base import transaction

NO_ANSWER = "This is no answer that could be picked: nothing arrived of it."


def pick(actor: Actor, runtime: Runtime, chat_id: UUID, turn_id: UUID, attempt_id: UUID) -> TurnView:
    """Pick an answer; all others stay, folded away. Asking the same again shows the newest once more.

    Raises `NotFound` for what is not in this person's chat, `Conflict` for an attempt that is no answer, or runs.
    """
    with transaction() as session:
        _, owned = ownership.find(session, actor, chat_id, lock=True)
        turn, attempt = stored.turn_of(session, owned, turn_id), stored_attempts.attempt_of(session, owned, attempt_id)
        if turn is None or attempt is None or attempt.turn_id != turn.id:
            raise NotFound
        if State(attempt.state) not in SENT_AS_HISTORY or not attempt.text:
            raise Conflict(NO_ANSWER)
        turn.picked_id = attempt.id
        stored_attempts.stand_alone(session, owned, turn.id)
    return chats.show_turn(actor, runtime, chat_id, attempt_id)
