"""`GET /providers`"""

from typing import Annotated

from pydantic import Field

from portal.domain.errors import Conflict
from portal.domain.permissions import Permission
from portal.services.providers.listing import Order, Tab, list_for
from portal.web.api import cursors
from portal.web.api.operations import Call, endpoint
from portal.web.api.providers.shapes import ProviderLine, Status
from portal.web.api.schemas import Page, Paged, Word


class Wanted(Paged):
    """Which providers."""

    q: Annotated[Word, Field(description="Words of its name, its label or its address.")] = ""
    show: Tab = Tab.ALL


@endpoint("GET", "/providers", Permission.PROVIDER_VIEW, may=frozenset({409}))
def run(call: Call, query: Wanted) -> Page[ProviderLine]:
    """List the providers, by label."""
    place = cursors.read(query.cursor, str)
    after = place[0] if place else ""
    found = list_for(
        call.actor, call.runtime, search=query.q, tab=query.show, order=Order.NAME, after=after, size=query.limit
    )
    if after and found.rows and not found.newer:
        raise Conflict("The provider at which the page before ended is gone. Begin the list anew.")
    lines = [
        ProviderLine.of(row, type=row.type.name, status=Status.of(row.verdict), key=row.key.status)
        for row in found.rows
    ]
    return Page(data=lines, next=cursors.write(found.older) if found.older else None)
