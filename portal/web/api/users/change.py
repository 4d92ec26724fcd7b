"""`PATCH /users/{user_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import users
from portal.web.api.operations import Call, endpoint
from portal.web.api.users.shapes import User, UserFields, user_of


@endpoint("PATCH", "/users/{user_id}", Permission.USER_MANAGE, changes=True, versioned=True)
def run(call: Call, user_id: UUID, body: UserFields) -> User:
    """Change a person’s name, e-mail or roles."""
    now, sent = users.find(call.actor, call.runtime, user_id), body.sent
    users.change(
        call.actor,
        call.runtime,
        user_id,
        sent.get("name", now.name),
        sent.get("email", now.email),
        tuple(sent.get("roles", [role.id for role in now.roles])),
        now.version if call.version is None else call.version,
    )
    person = users.find(call.actor, call.runtime, user_id)
    call.etag = person.version
    return user_of(person)
