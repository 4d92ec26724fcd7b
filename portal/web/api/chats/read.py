"""`GET /chats/{chat_id}`"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.chats import CHAT_TURNS
from portal.domain.permissions import Permission
from portal.services.chat import chats
from portal.web.api.chats.shapes import Chat, chat_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Query


class Wanted(Query):
    """Which of its turns."""

    turn: Annotated[UUID | None, Field(description="Of the branch that goes through this turn.")] = None
    last: Annotated[int, Field(ge=1, le=CHAT_TURNS, description="So many at most, the last ones.")] = chats.SHOWN_TURNS


@endpoint("GET", "/chats/{chat_id}", Permission.CHAT, versioned=True)
def run(call: Call, chat_id: UUID, query: Wanted) -> Chat:
    """Read a chat: the branch that is shown, or another one.

    A turn’s `versions` name the turns in its place; asking for one of them reads its branch.
    """
    return chat_of(call, chats.show(call.actor, call.runtime, chat_id, turn_id=query.turn, last=query.last))
