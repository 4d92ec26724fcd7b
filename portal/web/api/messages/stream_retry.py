"""`POST /chats/{chat_id}/turns/{turn_id}/attempts/stream`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import sending
from portal.web.admission import Waits
from portal.web.api.messages import answers
from portal.web.api.messages.shapes import Again
from portal.web.api.operations import Call, EventStream, endpoint


@endpoint("POST", "/chats/{chat_id}/turns/{turn_id}/attempts/stream", Permission.CHAT, waits=Waits.ANSWER)
def run(call: Call, chat_id: UUID, turn_id: UUID, body: Again) -> EventStream:
    """Ask the same once more, and read the answer as it is written, as server-sent events."""
    return answers.streamed(
        call,
        lambda: sending.send_again(call.actor, call.runtime, chat_id, turn_id, body.model_id, beside=body.beside),
    )
