"""`DELETE /attachments/{attachment_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import attachments
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/attachments/{attachment_id}", Permission.CHAT)
def run(call: Call, attachment_id: UUID) -> None:
    """Remove a file that no message was sent with yet. One that was sent stays with its chat."""
    attachments.remove(call.actor, call.runtime, attachment_id)
