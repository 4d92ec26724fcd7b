"""`GET /applications`"""

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.web.api.applications.shapes import ToldApplication, application_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page


@endpoint("GET", "/applications", Permission.APPLICATION_VIEW)
def run(call: Call) -> Page[ToldApplication]:
    """List the embedding applications, by name. There is one page of them."""
    return Page(data=[application_of(one) for one in registry.list_all(call.actor, call.runtime)])
