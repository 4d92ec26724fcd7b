"""`PUT /providers/{name}/enabled`"""

from portal.domain.permissions import Permission
from portal.services.providers import reading, registry
from portal.web.api.language_models.turn import Turned
from portal.web.api.operations import Call, endpoint
from portal.web.api.providers.shapes import Provider, provider_of


@endpoint("PUT", "/providers/{name}/enabled", Permission.PROVIDER_EDIT, versioned=True)
def run(call: Call, name: str, body: Turned) -> Provider:
    """Enable or disable a provider: it keeps everything, and serves again or serves nobody."""
    registry.turn(call.actor, call.runtime, name, on=body.enabled)
    view = reading.read_saved(call.actor, call.runtime, name)
    call.etag = view.version
    return provider_of(view)
