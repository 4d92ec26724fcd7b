"""`PUT /me/overrides/{context}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import own
from portal.web.api.operations import Call, endpoint
from portal.web.api.override_shape import ChoiceGiven, Override, choice_of, otherwise_of


@endpoint("PUT", "/me/overrides/{context}", Permission.PERSONAL_OVERRIDE, changes=True, versioned=True)
def run(call: Call, context: str, body: ChoiceGiven) -> Override:
    """Choose a model for oneself."""
    own.set_mine(call.actor, call.runtime, context, body.typed, call.version)
    row = own.find_mine(call.actor, call.runtime, context)
    call.etag = row.version
    return Override(
        context=row.context.name,
        label=row.context.label,
        choice=choice_of(row.choice) if row.choice else None,
        otherwise=otherwise_of(row.otherwise),
    )
