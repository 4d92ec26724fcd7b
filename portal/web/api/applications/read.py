"""`GET /applications/{application_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.web.api.applications.shapes import ToldApplication, application_of
from portal.web.api.operations import Call, endpoint


@endpoint("GET", "/applications/{application_id}", Permission.APPLICATION_VIEW, versioned=True)
def run(call: Call, application_id: UUID) -> ToldApplication:
    """Read one application."""
    found = registry.find(call.actor, call.runtime, application_id)
    call.etag = found.version
    return application_of(found)
