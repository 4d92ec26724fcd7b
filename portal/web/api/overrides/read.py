"""`GET /overrides/{context}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import pins
from portal.web.api.operations import Call, endpoint
from portal.web.api.override_shape import Override, choice_of, otherwise_of


@endpoint("GET", "/overrides/{context}", Permission.PROVIDER_VIEW, versioned=True, may=frozenset({409}))
def run(call: Call, context: str) -> Override:
    """Read what is pinned to one purpose."""
    row = pins.find(call.actor, call.runtime, context)
    call.etag = row.version
    return Override(
        context=row.context.name,
        label=row.context.label,
        choice=choice_of(row.pin) if row.pin else None,
        otherwise=otherwise_of(row.otherwise),
    )
