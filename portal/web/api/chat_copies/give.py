"""`POST /chats/{chat_id}/copies`"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.chat import sharing
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Told


class Reader(Given):
    """Whom it is for."""

    email: Annotated[str, Field(max_length=254)]


class GivenCopy(Told):
    """The copy, and who can read it."""

    id: UUID
    person: str


@endpoint("POST", "/chats/{chat_id}/copies", Permission.CHAT, status=201, may=frozenset({429}))
def run(call: Call, chat_id: UUID, body: Reader) -> GivenCopy:
    """Give a colleague a copy of what is shown, to read, while the gate of sharing is open."""
    copy_id, person = sharing.give(call.actor, call.runtime, chat_id, body.email)
    return GivenCopy(id=copy_id, person=person)
