"""`PATCH /contexts/{name}`"""

from dataclasses import replace

from portal.domain.permissions import Permission
from portal.services.overrides import contexts
from portal.web.api.contexts.shapes import Context, ContextFields, context_of
from portal.web.api.operations import Call, endpoint


@endpoint("PATCH", "/contexts/{name}", Permission.PROVIDER_EDIT, changes=True, versioned=True)
def run(call: Call, name: str, body: ContextFields) -> Context:
    """Change some of what is said of a context of one’s own making."""
    now, sent = contexts.find(call.actor, call.runtime, name), body.sent
    if "capabilities" in sent:
        sent["capabilities"] = tuple(sent["capabilities"])
    version = now.version if call.version is None else call.version
    contexts.change(call.actor, call.runtime, name, replace(now.draft, **sent), version)
    return context_of(call, contexts.find(call.actor, call.runtime, name))
