"""`POST /chats/{chat_id}/compact`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import chats, compaction
from portal.web.admission import Waits
from portal.web.api.chats.shapes import Chat, chat_of
from portal.web.api.operations import Call, endpoint


@endpoint("POST", "/chats/{chat_id}/compact", Permission.CHAT, versioned=True, waits=Waits.ANSWER)
def run(call: Call, chat_id: UUID) -> Chat:
    """Summarise all of the branch that is shown but its newest turn, now. Nothing is deleted."""
    compaction.by_hand(call.actor, call.runtime, chat_id)
    return chat_of(call, chats.show(call.actor, call.runtime, chat_id))
