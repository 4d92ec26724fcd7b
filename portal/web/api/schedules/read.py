"""`GET /providers/{name}/schedule`"""

from portal.domain.permissions import Permission
from portal.services.health import schedules
from portal.web.api.operations import Call, endpoint
from portal.web.api.schedules.shapes import Schedule, schedule_of


@endpoint("GET", "/providers/{name}/schedule", Permission.PROVIDER_VIEW, versioned=True)
def run(call: Call, name: str) -> Schedule:
    """Read how often a provider is checked by itself, and how."""
    return schedule_of(call, schedules.read(call.actor, call.runtime, name))
