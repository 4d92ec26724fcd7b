"""`DELETE /applications/{application_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/applications/{application_id}", Permission.APPLICATION_MANAGE)
def run(call: Call, application_id: UUID) -> None:
    """Delete an application with its keys. What it used stays in the usage."""
    registry.delete(call.actor, call.runtime, application_id)
