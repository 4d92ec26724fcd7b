"""`POST /chats/{chat_id}/turns`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import sending
from portal.web.admission import Waits
from portal.web.api.messages import answers
from portal.web.api.messages.shapes import Answered, MessageGiven, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.bodies import MESSAGE


@endpoint(
    "POST", "/chats/{chat_id}/turns", Permission.CHAT, status=201, waits=Waits.ANSWER, size=MESSAGE, pointer=pointer
)
def run(call: Call, chat_id: UUID, body: MessageGiven) -> Answered:
    """Send a message, and wait for the whole answer. What became of it is in its attempt’s `state`."""
    message = body.message(call, chat_id)
    return answers.whole(call, lambda: sending.send(call.actor, call.runtime, message))
