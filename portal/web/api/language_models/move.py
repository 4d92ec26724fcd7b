"""`PUT /models/{model_id}/place`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.language_models import lifecycle, publishing
from portal.web.api.language_models.shapes import Model, model_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class ModelPlace(Given):
    """Before which other model of its provider; null is behind all of them."""

    before: UUID | None


@endpoint("PUT", "/models/{model_id}/place", Permission.PROVIDER_EDIT, versioned=True)
def run(call: Call, model_id: UUID, body: ModelPlace) -> Model:
    """Put a model in its place among those of its provider."""
    lifecycle.move(call.actor, call.runtime, model_id, before=body.before)
    view = publishing.read(call.actor, call.runtime, model_id)
    call.etag = view.version
    return model_of(view)
