"""`GET /usage/requests`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.usage import reading
from portal.services.usage.told import By
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.usage.shapes import Span, UsedRequest, asked_of, requests_of


class Wanted(Span):
    """Which usage."""

    person: UUID | None = None
    team: UUID | None = None


@endpoint("GET", "/usage/requests", Permission.USAGE_VIEW)
def run(call: Call, query: Wanted) -> Page[UsedRequest]:
    """List everybody’s requests, the newest first."""
    asked = asked_of(call, query, By.REQUEST, query.person, query.team)
    return requests_of(call, reading.read, asked, query.cursor)
