"""`PUT /overrides/{context}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import pins
from portal.web.api.operations import Call, endpoint
from portal.web.api.override_shape import Choice, ChoiceGiven, choice_of


@endpoint("PUT", "/overrides/{context}", Permission.PROVIDER_EDIT, changes=True)
def run(call: Call, context: str, body: ChoiceGiven) -> Choice:
    """Pin a model to a purpose, for everybody. One that cannot be used now is pinned all the same: see its `reason`."""
    return choice_of(pins.pin(call.actor, call.runtime, context, body.typed, call.version))
