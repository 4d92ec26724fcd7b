"""`GET /allowances`"""

from portal.domain.allowances import Kind
from portal.domain.permissions import Permission
from portal.services.allowances import setting
from portal.web.api import cursors
from portal.web.api.allowances.shapes import AllowanceTold, line_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Paged


class Wanted(Paged):
    """Of which kind."""

    kind: Kind


@endpoint("GET", "/allowances", Permission.SETTINGS_EDIT)
def run(call: Call, query: Wanted) -> Page[AllowanceTold]:
    """List the limits and budgets of one kind that are set, by name."""
    place = cursors.read(query.cursor, cursors.count)
    start = place[0] if place else 0
    found = setting.list_of(call.actor, query.kind, start=start, size=query.limit + 1)
    lines = [line_of(one) for one in found[: query.limit]]
    return Page(data=lines, next=cursors.write(start + query.limit) if len(found) > query.limit else None)
