"""`POST /me/keys/{provider}/test`"""

from portal.domain.permissions import Permission
from portal.services.health import personal_checks
from portal.web.admission import Waits
from portal.web.api.check_shape import Check, check_of
from portal.web.api.operations import Call, endpoint


@endpoint("POST", "/me/keys/{provider}/test", Permission.PERSONAL_KEY, waits=Waits.PROVIDER)
def run(call: Call, provider: str) -> Check:
    """Test one’s own key."""
    return check_of(personal_checks.check_own(call.actor, call.runtime, provider))
