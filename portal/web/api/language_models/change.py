"""`PATCH /models/{model_id}`"""

from dataclasses import replace
from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.language_models import publishing
from portal.web.api.language_models.shapes import Model, ModelFields, model_of, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.bodies import TEXT


@endpoint(
    "PATCH", "/models/{model_id}", Permission.PROVIDER_EDIT, changes=True, versioned=True, size=TEXT, pointer=pointer
)
def run(call: Call, model_id: UUID, body: ModelFields) -> Model:
    """Change some of what is said of a model."""
    now = publishing.read(call.actor, call.runtime, model_id)
    draft = replace(now.draft, **body.said)
    version = now.version if call.version is None else call.version
    view = publishing.change(call.actor, call.runtime, model_id, draft, version)
    call.etag = view.version
    return model_of(view)
