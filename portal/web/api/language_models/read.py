"""`GET /models/{model_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.language_models import publishing
from portal.web.api.language_models.shapes import Model, model_of
from portal.web.api.operations import Call, endpoint


@endpoint("GET", "/models/{model_id}", Permission.PROVIDER_VIEW, versioned=True)
def run(call: Call, model_id: UUID) -> Model:
    """Read one model."""
    view = publishing.read(call.actor, call.runtime, model_id)
    call.etag = view.version
    return model_of(view)
