"""`GET /contexts/{name}`"""

from portal.domain.permissions import Permission
from portal.services.overrides import contexts
from portal.web.api.contexts.shapes import Context, context_of
from portal.web.api.operations import Call, endpoint


@endpoint("GET", "/contexts/{name}", Permission.PROVIDER_VIEW, versioned=True)
def run(call: Call, name: str) -> Context:
    """Read a context of one’s own making. A built-in one is not changed, and stands in the list alone."""
    return context_of(call, contexts.find(call.actor, call.runtime, name))
