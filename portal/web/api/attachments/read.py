"""`GET /attachments/{attachment_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import attachments
from portal.web.api.attachments.shapes import Attachment
from portal.web.api.operations import Call, endpoint


@endpoint("GET", "/attachments/{attachment_id}", Permission.CHAT)
def run(call: Call, attachment_id: UUID) -> Attachment:
    """Read what a file of one’s own is. Its content is in the export of its chat."""
    return Attachment.model_validate(attachments.show(call.actor, call.runtime, attachment_id))
