"""`DELETE /chats/{chat_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.domain.shelves import DELETED
from portal.services.chat import shelves
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/chats/{chat_id}", Permission.CHAT)
def run(call: Call, chat_id: UUID) -> None:
    """Delete a chat; twice is once. For an hour, putting it on the shelf `open` brings it back."""
    shelves.move(call.actor, call.runtime, chat_id, DELETED)
