"""`GET /me/usage`"""

from portal.domain.permissions import Permission
from portal.services.usage import reading
from portal.services.usage.told import By
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.usage.shapes import Of, Span, UsageLine, asked_of, lines_of


class Wanted(Span):
    """Which usage."""

    by: Of = Of.DAY


@endpoint("GET", "/me/usage", Permission.SIGNED_IN)
def run(call: Call, query: Wanted) -> Page[UsageLine]:
    """List one’s own usage, added up by one thing."""
    asked = asked_of(call, query, By(query.by.value))
    return lines_of(call, reading.read_own, asked, query.cursor)
