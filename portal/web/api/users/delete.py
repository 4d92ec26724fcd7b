"""`DELETE /users/{user_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import users
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/users/{user_id}", Permission.USER_MANAGE)
def run(call: Call, user_id: UUID) -> None:
    """Delete a person with their chats, keys, overrides and tokens."""
    users.remove(call.actor, call.runtime, user_id)
