"""`PUT /users/{user_id}/enabled`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import users
from portal.web.api.language_models.turn import Turned
from portal.web.api.operations import Call, endpoint
from portal.web.api.users.shapes import User, user_of


@endpoint("PUT", "/users/{user_id}/enabled", Permission.USER_MANAGE, versioned=True)
def run(call: Call, user_id: UUID, body: Turned) -> User:
    """Let a person in, or lock them out at once and everywhere, which ends their access tokens."""
    turn = users.enable if body.enabled else users.disable
    turn(call.actor, call.runtime, user_id)
    person = users.find(call.actor, call.runtime, user_id)
    call.etag = person.version
    return user_of(person)
