"""`GET /chats/{chat_id}/export.json`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import export
from portal.services.chat.export import Of
from portal.web.api.operations import Call, ObjectStream, endpoint
from portal.web.api.schemas import Query


class Wanted(Query):
    """What of it: the branch that is shown, or every version of every question with every answer."""

    of: Of = Of.SHOWN


@endpoint("GET", "/chats/{chat_id}/export.json", Permission.CHAT)
def run(call: Call, chat_id: UUID, query: Wanted) -> ObjectStream:
    """Take a chat away with its files, as an import reads it."""
    return export.written(call.actor, call.runtime, export.take(call.actor, call.runtime, chat_id, "json", query.of))  # type: ignore[return-value]
