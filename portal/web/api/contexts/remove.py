"""`DELETE /contexts/{name}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import contexts
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/contexts/{name}", Permission.PROVIDER_EDIT)
def run(call: Call, name: str) -> None:
    """Remove a context of one’s own making, with its pin and everybody’s choices for it."""
    contexts.remove(call.actor, call.runtime, name)
