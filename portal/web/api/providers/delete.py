"""`DELETE /providers/{name}`"""

from portal.domain.permissions import Permission
from portal.services.providers import registry
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/providers/{name}", Permission.PROVIDER_DELETE)
def run(call: Call, name: str) -> None:
    """Delete a provider with its keys and its models."""
    registry.delete(call.actor, call.runtime, name)
