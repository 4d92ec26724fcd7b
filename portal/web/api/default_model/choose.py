"""`PUT /default`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.language_models import lifecycle
from portal.web.api.default_model.read import Default
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class Chosen(Given):
    """Which model. `instead_of` is the one that it is to replace: where another one is it by now, nothing is done."""

    id: UUID
    instead_of: UUID | None = None


@endpoint("PUT", "/default", Permission.PROVIDER_EDIT, may=frozenset({404}))
def run(call: Call, body: Chosen) -> Default:
    """Make a model the default."""
    made = lifecycle.make_default(call.actor, call.runtime, body.id, instead_of=body.instead_of)
    return Default(id=made.model.id, address=made.model.address)
