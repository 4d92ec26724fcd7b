"""`GET /contexts`"""

from portal.domain.permissions import Permission
from portal.services.selection.choosing import current_catalog
from portal.web.api.contexts.shapes import ContextLine
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page


@endpoint("GET", "/contexts", Permission.PROVIDER_VIEW)
def run(call: Call) -> Page[ContextLine]:
    """List every context. There is one page of them."""
    found = current_catalog(call.runtime).contexts.values()
    return Page(
        data=[
            ContextLine(
                name=context.name,
                label=context.label,
                explanation=context.explanation,
                feature=context.feature,
                capabilities=sorted(context.capabilities),
                personal=context.personal,
                built_in=context.built_in,
            )
            for context in found
        ]
    )
