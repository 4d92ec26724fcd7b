"""`PUT /chats/{chat_id}/turns/{turn_id}/picked`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import picking
from portal.web.api.chats.shapes import Turn, turn_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class Picked(Given):
    """Which answer."""

    attempt: UUID


@endpoint("PUT", "/chats/{chat_id}/turns/{turn_id}/picked", Permission.CHAT)
def run(call: Call, chat_id: UUID, turn_id: UUID, body: Picked) -> Turn:
    """Of several answers to a question, say which one counts."""
    return turn_of(picking.pick(call.actor, call.runtime, chat_id, turn_id, body.attempt))
