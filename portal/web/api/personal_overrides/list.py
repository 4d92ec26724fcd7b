"""`GET /me/overrides`"""

from portal.domain.permissions import Permission
from portal.services.overrides import own
from portal.web.api.operations import Call, endpoint
from portal.web.api.override_shape import Override, choice_of, otherwise_of
from portal.web.api.schemas import Page


@endpoint("GET", "/me/overrides", Permission.PERSONAL_OVERRIDE)
def run(call: Call) -> Page[Override]:
    """List what one chose for oneself, purpose by purpose. There is one page of them."""
    return Page(
        data=[
            Override(
                context=row.context.name,
                label=row.context.label,
                choice=choice_of(row.choice) if row.choice else None,
                otherwise=otherwise_of(row.otherwise),
            )
            for row in own.list_mine(call.actor, call.runtime).rows
        ]
    )
