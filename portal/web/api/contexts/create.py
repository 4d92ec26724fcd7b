"""`POST /contexts`"""

from portal.domain.permissions import Permission
from portal.services.overrides import contexts
from portal.services.overrides.contexts import Draft
from portal.web.api.contexts.shapes import Context, ContextFields, context_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Word


class NewContext(ContextFields):
    """A context to add. Its name is fixed from then on: clients ask for `auto:<name>`."""

    name: Word
    label: Word


@endpoint("POST", "/contexts", Permission.PROVIDER_EDIT, status=201, versioned=True)
def run(call: Call, body: NewContext) -> Context:
    """Add a context."""
    draft = Draft(body.name, body.label, body.explanation, body.feature, tuple(body.capabilities), body.personal)
    name = contexts.add(call.actor, call.runtime, draft)
    return context_of(call, contexts.find(call.actor, call.runtime, name))
