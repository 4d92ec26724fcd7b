"""`POST /users`"""

from portal.domain.permissions import Permission
from portal.services.people import users
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Word
from portal.web.api.users.shapes import InventedPassword, UserFields, invented_of


class NewUser(UserFields):
    """A person to add, with roles that one holds oneself."""

    name: Word
    email: Word


@endpoint("POST", "/users", Permission.USER_MANAGE, status=201)
def run(call: Call, body: NewUser) -> InventedPassword:
    """Add a person. The password is invented, and is in this answer and nowhere else."""
    return invented_of(users.create(call.actor, call.runtime, body.name, body.email, tuple(body.roles)))
