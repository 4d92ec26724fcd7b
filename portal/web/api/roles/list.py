"""`GET /roles`"""

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.web.api.operations import Call, endpoint
from portal.web.api.roles.shapes import RoleLine, line_of
from portal.web.api.schemas import Page


@endpoint("GET", "/roles", Permission.ROLE_MANAGE)
def run(call: Call) -> Page[RoleLine]:
    """List the roles. There is one page of them."""
    return Page(data=[line_of(role) for role in roles.list_for(call.actor, call.runtime)])
