"""`GET /default`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.selection.choosing import current_catalog
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Told


class Default(Told):
    """The default model; both are null while none is published."""

    id: UUID | None
    address: str | None


@endpoint("GET", "/default", Permission.PROVIDER_VIEW)
def run(call: Call) -> Default:
    """Read which model answers where nobody chose."""
    catalog = current_catalog(call.runtime)
    model = catalog.models.get(catalog.default_id) if catalog.default_id else None
    return Default(id=model.id if model else None, address=catalog.address(model) if model else None)
