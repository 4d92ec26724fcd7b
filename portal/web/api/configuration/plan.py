"""`POST /config/plan`"""

from portal.domain.permissions import Permission
from portal.services.configuration import importing
from portal.web.api.configuration.shapes import ConfigurationGiven, Plan, plan_of, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.bodies import CONFIGURATION


@endpoint("POST", "/config/plan", Permission.SETTINGS_EDIT, size=CONFIGURATION, pointer=pointer)
def run(call: Call, body: ConfigurationGiven) -> Plan:
    """Say what reading a file in would change. Nothing is changed."""
    return plan_of(importing.rehearse(call.actor, call.runtime, body.file))
