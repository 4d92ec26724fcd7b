"""`DELETE /applications/{application_id}/keys/{key_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.applications import keys
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/applications/{application_id}/keys/{key_id}", Permission.APPLICATION_MANAGE)
def run(call: Call, application_id: UUID, key_id: UUID) -> None:
    """End a key that was replaced, at once and everywhere."""
    keys.end(call.actor, call.runtime, application_id, key_id)
