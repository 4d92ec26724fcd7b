"""`PUT /providers/{name}/schedule`"""

from portal.domain.permissions import Permission
from portal.domain.schedule import Probe
from portal.services.health import schedules
from portal.web.api.operations import Call, endpoint
from portal.web.api.schedules.shapes import Schedule, schedule_of
from portal.web.api.schemas import Given


class ScheduleGiven(Given):
    """How often, in minutes, and how. `null` ends the checks."""

    minutes: float | None
    probe: Probe = Probe.LIST


@endpoint("PUT", "/providers/{name}/schedule", Permission.PROVIDER_EDIT, changes=True, versioned=True)
def run(call: Call, name: str, body: ScheduleGiven) -> Schedule:
    """Have a provider checked by itself, the first time at once, or no longer."""
    version = call.version
    return schedule_of(call, schedules.change(call.actor, call.runtime, name, body.minutes, body.probe, version))
