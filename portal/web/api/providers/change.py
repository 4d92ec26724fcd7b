"""`PATCH /providers/{name}`"""

from dataclasses import replace

from portal.domain.permissions import Permission
from portal.services.providers import reading, registry
from portal.web.api.operations import Call, endpoint
from portal.web.api.providers.shapes import Provider, ProviderFields, pointer, provider_of
from portal.web.bodies import LISTING


@endpoint(
    "PATCH", "/providers/{name}", Permission.PROVIDER_EDIT, changes=True, versioned=True, size=LISTING, pointer=pointer
)
def run(call: Call, name: str, body: ProviderFields) -> Provider:
    """Change some of what is said of a provider.

    A new address makes the stored key useless: a key is sent nowhere but where it was entered for.
    """
    draft, now = registry.read_draft(call.actor, name)
    version = now if call.version is None else call.version
    registry.change(call.actor, call.runtime, name, replace(draft, **{"owner": None, **body.said}), version)
    view = reading.read_saved(call.actor, call.runtime, name)
    call.etag = view.version
    return provider_of(view)
