"""`DELETE /copies/{copy_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import sharing
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/copies/{copy_id}", Permission.CHAT)
def run(call: Call, copy_id: UUID) -> None:
    """Take back a copy that one gave, also while the gate is shut."""
    sharing.take_back(call.actor, call.runtime, copy_id)
