"""`DELETE /me/overrides/{context}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import own
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/me/overrides/{context}", Permission.PERSONAL_OVERRIDE)
def run(call: Call, context: str) -> None:
    """Give up what one chose; twice is once."""
    own.clear_mine(call.actor, call.runtime, context)
