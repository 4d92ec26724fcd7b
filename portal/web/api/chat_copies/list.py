"""`GET /copies`"""

from portal.domain.permissions import Permission
from portal.services.chat import sharing
from portal.web.api.chat_copies.shapes import Copy
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page


@endpoint("GET", "/copies", Permission.CHAT)
def run(call: Call) -> Page[Copy]:
    """List what one was given to read. There is one page of it; none while the gate of sharing is shut."""
    return Page(data=[Copy.model_validate(one) for one in sharing.list_mine(call.actor, call.runtime)])
