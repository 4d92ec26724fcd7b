"""`POST /chats/{chat_id}/attempts/{attempt_id}/stop`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import answering, chats
from portal.web.api.chats.shapes import turn_of
from portal.web.api.messages.shapes import Answered
from portal.web.api.operations import Call, endpoint


@endpoint("POST", "/chats/{chat_id}/attempts/{attempt_id}/stop", Permission.CHAT)
def run(call: Call, chat_id: UUID, attempt_id: UUID) -> Answered:
    """Stop an answer, wherever it is written. What arrived is kept; one that has ended stays as it is."""
    answering.stop(call.actor, call.runtime, chat_id, attempt_id)
    turn = chats.show_turn(call.actor, call.runtime, chat_id, attempt_id)
    return Answered(chat=chat_id, attempt=attempt_id, turn=turn_of(turn))
