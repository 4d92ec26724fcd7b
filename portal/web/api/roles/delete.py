"""`DELETE /roles/{role_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/roles/{role_id}", Permission.ROLE_MANAGE)
def run(call: Call, role_id: UUID) -> None:
    """Delete a role that nobody holds."""
    roles.remove(call.actor, call.runtime, role_id)
