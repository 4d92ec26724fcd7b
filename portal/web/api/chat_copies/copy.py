"""`POST /copies/{copy_id}/chat`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import sharing
from portal.web.api.chats.bring_in import Imported
from portal.web.api.operations import Call, endpoint


@endpoint("POST", "/copies/{copy_id}/chat", Permission.CHAT, status=201)
def run(call: Call, copy_id: UUID) -> Imported:
    """Make a chat of one’s own of a copy that one was given, to go on with it."""
    made = sharing.copy(call.actor, call.runtime, copy_id)
    return Imported(id=made.chat_id, title=made.title)
