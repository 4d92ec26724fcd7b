"""`PUT /models/{model_id}/enabled`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.language_models import lifecycle, publishing
from portal.web.api.language_models.shapes import Model, model_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class Turned(Given):
    """How it is to stand."""

    enabled: bool


@endpoint("PUT", "/models/{model_id}/enabled", Permission.PROVIDER_EDIT, versioned=True)
def run(call: Call, model_id: UUID, body: Turned) -> Model:
    """Enable or disable a model."""
    lifecycle.turn(call.actor, call.runtime, model_id, on=body.enabled)
    view = publishing.read(call.actor, call.runtime, model_id)
    call.etag = view.version
    return model_of(view)
