"""`GET /me/usage/requests`"""

from portal.domain.permissions import Permission
from portal.services.usage import reading
from portal.services.usage.told import By
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.usage.shapes import Span, UsedRequest, asked_of, requests_of


@endpoint("GET", "/me/usage/requests", Permission.SIGNED_IN)
def run(call: Call, query: Span) -> Page[UsedRequest]:
    """List one’s own requests, the newest first."""
    asked = asked_of(call, query, By.REQUEST)
    return requests_of(call, reading.read_own, asked, query.cursor)
