"""`PUT /gates/{key}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import gates
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Told


class Turned(Given):
    """How it is to stand."""

    on: bool


class Stands(Told):
    """How a gate stands now."""

    key: str
    on: bool


@endpoint("PUT", "/gates/{key}", Permission.PROVIDER_EDIT)
def run(call: Call, key: str, body: Turned) -> Stands:
    """Turn a gate on or off, for everybody and in every process at once. What is stored behind it is kept."""
    gates.turn(call.actor, call.runtime, key, on=body.on)
    return Stands(key=key, on=gates.is_on(call.runtime, key))
