"""`GET /roles/{role_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.web.api.operations import Call, endpoint
from portal.web.api.roles.shapes import Role, role_of


@endpoint("GET", "/roles/{role_id}", Permission.ROLE_MANAGE, versioned=True)
def run(call: Call, role_id: UUID) -> Role:
    """Read one role."""
    page = roles.find(call.actor, call.runtime, role_id)
    call.etag = page.version
    return role_of(page)
