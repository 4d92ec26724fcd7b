"""`DELETE /models/{model_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.language_models import lifecycle
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/models/{model_id}", Permission.PROVIDER_DELETE)
def run(call: Call, model_id: UUID) -> None:
    """Delete a model. Where it was the default, another one is at once."""
    lifecycle.delete(call.actor, call.runtime, model_id)
