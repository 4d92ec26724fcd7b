"""`GET /chats/{chat_id}/copies`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import sharing
from portal.web.api.chat_copies.shapes import Copy
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page


@endpoint("GET", "/chats/{chat_id}/copies", Permission.CHAT)
def run(call: Call, chat_id: UUID) -> Page[Copy]:
    """List who has a copy of a chat of one’s own. There is one page of them."""
    return Page(data=[Copy.model_validate(one) for one in sharing.given(call.actor, call.runtime, chat_id)])
