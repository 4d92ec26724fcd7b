"""`POST /roles`"""

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.web.api.operations import Call, endpoint
from portal.web.api.roles.shapes import Role, RoleFields, role_of
from portal.web.api.schemas import Word


class NewRole(RoleFields):
    """A role to make, of permissions that one holds oneself."""

    name: Word


@endpoint("POST", "/roles", Permission.ROLE_MANAGE, status=201, versioned=True)
def run(call: Call, body: NewRole) -> Role:
    """Make a role."""
    made = roles.create(call.actor, call.runtime, body.name, body.description, body.permissions, body.models)
    page = roles.find(call.actor, call.runtime, made)
    call.etag = page.version
    return role_of(page)
