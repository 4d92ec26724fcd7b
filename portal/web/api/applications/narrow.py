"""`PUT /applications/{application_id}/models`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.web.api.applications.shapes import Ceiling, ToldApplication, application_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class AtMost(Given):
    """Which models an application may use at most: all of its patterns."""

    models: Ceiling


@endpoint(
    "PUT",
    "/applications/{application_id}/models",
    Permission.APPLICATION_MANAGE,
    changes=True,
    versioned=True,
)
def run(call: Call, application_id: UUID, body: AtMost) -> ToldApplication:
    """Set the ceiling of an application, whatever its tokens name. It counts from the next request on."""
    registry.change(call.actor, call.runtime, application_id, models=body.models, version=call.version)
    found = registry.find(call.actor, call.runtime, application_id)
    call.etag = found.version
    return application_of(found)
