"""`GET /chats/{chat_id}/attempts/{attempt_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import chats
from portal.web.api.chats.shapes import turn_of
from portal.web.api.messages.shapes import Answered
from portal.web.api.operations import Call, endpoint


@endpoint("GET", "/chats/{chat_id}/attempts/{attempt_id}", Permission.CHAT)
def run(call: Call, chat_id: UUID, attempt_id: UUID) -> Answered:
    """Read an answer as it stands now, with its question."""
    turn = chats.show_turn(call.actor, call.runtime, chat_id, attempt_id)
    return Answered(chat=chat_id, attempt=attempt_id, turn=turn_of(turn))
