"""`POST /providers/{name}/test`"""

from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.web.admission import Waits
from portal.web.api.check_shape import Check, check_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Word


class Asked(Given):
    """What to ask. Blank is the provider’s default model."""

    model: Word = ""


@endpoint(
    "POST",
    "/providers/{name}/test",
    Permission.PROVIDER_TEST,
    waits=Waits.PROVIDER,
    pointer=lambda name: "/model" if name == "test_model" else f"/{name}",
)
def run(call: Call, name: str, body: Asked) -> Check:
    """Test a provider, as a chat would ask it. What fails is an answer, too: see its `outcome`."""
    return check_of(checks.check_saved(call.actor, call.runtime, name, model=body.model.strip()))
