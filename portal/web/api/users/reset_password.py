"""`POST /users/{user_id}/password`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import users
from portal.web.api.operations import Call, endpoint
from portal.web.api.users.shapes import InventedPassword, invented_of


@endpoint("POST", "/users/{user_id}/password", Permission.USER_MANAGE)
def run(call: Call, user_id: UUID) -> InventedPassword:
    """Invent a password for a person, who chooses their own with it; their sessions end."""
    return invented_of(users.reset_password(call.actor, call.runtime, user_id))
