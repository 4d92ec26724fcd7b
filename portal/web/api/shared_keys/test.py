"""`POST /providers/{name}/keys/{key_id}/test`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.web.admission import Waits
from portal.web.api.check_shape import Check, check_of
from portal.web.api.operations import Call, endpoint


@endpoint("POST", "/providers/{name}/keys/{key_id}/test", Permission.PROVIDER_TEST, waits=Waits.PROVIDER)
def run(call: Call, name: str, key_id: UUID) -> Check:
    """Test a provider with this key and no other."""
    return check_of(checks.check_saved(call.actor, call.runtime, name, about="key", key_id=key_id))
