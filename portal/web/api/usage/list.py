"""`GET /usage`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.usage import reading
from portal.services.usage.told import By
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.usage.shapes import Of, Span, UsageLine, asked_of, lines_of


class Wanted(Span):
    """Which usage."""

    by: Of = Of.DAY
    person: UUID | None = None
    team: UUID | None = None


@endpoint("GET", "/usage", Permission.USAGE_VIEW)
def run(call: Call, query: Wanted) -> Page[UsageLine]:
    """List everybody’s usage, added up by one thing."""
    asked = asked_of(call, query, By(query.by.value), query.person, query.team)
    return lines_of(call, reading.read, asked, query.cursor)
