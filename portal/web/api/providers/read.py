"""`GET /providers/{name}`"""

from portal.domain.permissions import Permission
from portal.services.providers import reading
from portal.web.api.operations import Call, endpoint
from portal.web.api.providers.shapes import Provider, provider_of


@endpoint("GET", "/providers/{name}", Permission.PROVIDER_VIEW, versioned=True)
def run(call: Call, name: str) -> Provider:
    """Read one provider."""
    view = reading.read(call.actor, call.runtime, name)
    call.etag = view.version
    return provider_of(view)
