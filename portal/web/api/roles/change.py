"""`PATCH /roles/{role_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.people import roles
from portal.web.api.operations import Call, endpoint
from portal.web.api.roles.shapes import Role, RoleFields, role_of


@endpoint("PATCH", "/roles/{role_id}", Permission.ROLE_MANAGE, changes=True, versioned=True)
def run(call: Call, role_id: UUID, body: RoleFields) -> Role:
    """Change a role, for everybody who holds it, from their next request on."""
    now, sent = roles.find(call.actor, call.runtime, role_id), body.sent
    roles.change(
        call.actor,
        call.runtime,
        role_id,
        sent.get("name", now.role.name),
        sent.get("description", now.role.description),
        sent.get("permissions", now.role.permissions),
        sent.get("models", now.patterns),
        now.version if call.version is None else call.version,
    )
    page = roles.find(call.actor, call.runtime, role_id)
    call.etag = page.version
    return role_of(page)
