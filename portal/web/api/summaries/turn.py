"""`PUT /chats/{chat_id}/summaries/{summary_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import compaction
from portal.web.api.chats.shapes import Summary, summary_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class InEffect(Given):
    """Whether models read it in the place of the messages."""

    in_effect: bool


@endpoint("PUT", "/chats/{chat_id}/summaries/{summary_id}", Permission.CHAT)
def run(call: Call, chat_id: UUID, summary_id: UUID, body: InEffect) -> Summary:
    """Let models read the messages themselves again, or the summary in their place."""
    return summary_of(compaction.undo(call.actor, call.runtime, chat_id, summary_id, again=body.in_effect))
