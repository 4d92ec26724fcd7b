"""`GET /chats/{chat_id}/export.md`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import export
from portal.web.api.chats.export import Wanted
from portal.web.api.operations import Call, Markdown, endpoint


@endpoint("GET", "/chats/{chat_id}/export.md", Permission.CHAT)
def run(call: Call, chat_id: UUID, query: Wanted) -> Markdown:
    """Take a chat away as Markdown, to read."""
    return export.written(call.actor, call.runtime, export.take(call.actor, call.runtime, chat_id, "md", query.of))  # type: ignore[return-value]
