"""`POST /chats/{chat_id}/turns/{turn_id}/attempts`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import sending
from portal.web.admission import Waits
from portal.web.api.messages import answers
from portal.web.api.messages.shapes import Again, Answered
from portal.web.api.operations import Call, endpoint


@endpoint("POST", "/chats/{chat_id}/turns/{turn_id}/attempts", Permission.CHAT, status=201, waits=Waits.ANSWER)
def run(call: Call, chat_id: UUID, turn_id: UUID, body: Again) -> Answered:
    """Ask the same once more, and wait for the whole answer."""
    return answers.whole(
        call,
        lambda: sending.send_again(call.actor, call.runtime, chat_id, turn_id, body.model_id, beside=body.beside),
    )
