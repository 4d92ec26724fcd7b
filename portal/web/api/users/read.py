"""`GET /users/{user_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import users
from portal.web.api.operations import Call, endpoint
from portal.web.api.users.shapes import User, user_of


@endpoint("GET", "/users/{user_id}", Permission.USER_MANAGE, versioned=True)
def run(call: Call, user_id: UUID) -> User:
    """Read one person."""
    person = users.find(call.actor, call.runtime, user_id)
    call.etag = person.version
    return user_of(person)
