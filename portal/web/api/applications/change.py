"""`PUT /applications/{application_id}/environments`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.web.api.applications.shapes import Environments, ToldApplication, application_of, environments_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class Where(Given):
    """Where an application runs: all of its environments."""

    environments: Environments


@endpoint(
    "PUT",
    "/applications/{application_id}/environments",
    Permission.APPLICATION_MANAGE,
    changes=True,
    versioned=True,
)
def run(call: Call, application_id: UUID, body: Where) -> ToldApplication:
    """Set the environments of an application."""
    registry.change(call.actor, call.runtime, application_id, environments_of(body.environments), version=call.version)
    found = registry.find(call.actor, call.runtime, application_id)
    call.etag = found.version
    return application_of(found)
