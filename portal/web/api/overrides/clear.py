"""`DELETE /overrides/{context}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import pins
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/overrides/{context}", Permission.PROVIDER_EDIT)
def run(call: Call, context: str) -> None:
    """Take the pin off a purpose; twice is once."""
    pins.clear(call.actor, call.runtime, context)
