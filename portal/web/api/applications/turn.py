"""`PUT /applications/{application_id}/enabled`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.web.api.applications.shapes import ToldApplication, application_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class Turned(Given):
    """Whether its tokens work."""

    enabled: bool


@endpoint("PUT", "/applications/{application_id}/enabled", Permission.APPLICATION_MANAGE)
def run(call: Call, application_id: UUID, body: Turned) -> ToldApplication:
    """Turn an application on or off. Off, none of its tokens works."""
    registry.turn(call.actor, call.runtime, application_id, on=body.enabled)
    return application_of(registry.find(call.actor, call.runtime, application_id))
