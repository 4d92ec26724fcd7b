"""`GET /checks/{check_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.health import history
from portal.web.api.check_shape import Check, check_of
from portal.web.api.operations import Call, endpoint


@endpoint("GET", "/checks/{check_id}", Permission.PROVIDER_VIEW)
def run(call: Call, check_id: UUID) -> Check:
    """Read one check."""
    return check_of(history.read_check(call.actor, check_id))
