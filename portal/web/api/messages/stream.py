"""`POST /chats/{chat_id}/turns/stream`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import sending
from portal.web.admission import Waits
from portal.web.api.messages import answers
from portal.web.api.messages.shapes import MessageGiven, pointer
from portal.web.api.operations import Call, EventStream, endpoint
from portal.web.bodies import MESSAGE


@endpoint("POST", "/chats/{chat_id}/turns/stream", Permission.CHAT, waits=Waits.ANSWER, size=MESSAGE, pointer=pointer)
def run(call: Call, chat_id: UUID, body: MessageGiven) -> EventStream:
    """Send a message, and read the answer as it is written, as server-sent events.

    `begun` and `ended` tell the question as it stands; between them come `text` and `thinking` (with `folds` in the
    place of all text before), and `room` while older messages are summarised. Whoever leaves ends nothing.
    """
    message = body.message(call, chat_id)
    return answers.streamed(call, lambda: sending.send(call.actor, call.runtime, message))
