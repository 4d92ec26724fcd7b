"""`PUT /chats/{chat_id}/shelf`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import shelves
from portal.web.api.chats.shapes import Shelf
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Told


class ShelfGiven(Given):
    """Where it is to stand."""

    shelf: Shelf


class Shelved(Told):
    """Where it stands now."""

    id: UUID
    title: str
    shelf: Shelf


@endpoint("PUT", "/chats/{chat_id}/shelf", Permission.CHAT)
def run(call: Call, chat_id: UUID, body: ShelfGiven) -> Shelved:
    """Pin a chat, archive it, delete it, or put it back into the list; a deleted one comes back for an hour."""
    title = shelves.move(call.actor, call.runtime, chat_id, body.shelf)
    return Shelved(id=chat_id, title=title, shelf=body.shelf)
