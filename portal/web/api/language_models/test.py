"""`POST /models/{model_id}/test`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.services.language_models import publishing
from portal.web.admission import Waits
from portal.web.api.check_shape import Check, check_of
from portal.web.api.operations import Call, endpoint


@endpoint("POST", "/models/{model_id}/test", Permission.PROVIDER_TEST, waits=Waits.PROVIDER)
def run(call: Call, model_id: UUID) -> Check:
    """Test a model, as a chat would ask it."""
    model = publishing.read(call.actor, call.runtime, model_id)
    return check_of(
        checks.check_saved(call.actor, call.runtime, model.provider_name, model=model.wire_name, about="model")
    )
