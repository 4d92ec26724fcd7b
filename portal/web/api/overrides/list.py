"""`GET /overrides`"""

from portal.domain.permissions import Permission
from portal.services.overrides import pins
from portal.web.api.operations import Call, endpoint
from portal.web.api.override_shape import Override, choice_of, otherwise_of
from portal.web.api.schemas import Page


@endpoint("GET", "/overrides", Permission.PROVIDER_VIEW)
def run(call: Call) -> Page[Override]:
    """List every purpose with the model that is pinned to it. There is one page of them."""
    return Page(
        data=[
            Override(
                context=row.context.name,
                label=row.context.label,
                choice=choice_of(row.pin) if row.pin else None,
                otherwise=otherwise_of(row.otherwise),
            )
            for row in pins.list_for(call.actor, call.runtime)
        ]
    )
