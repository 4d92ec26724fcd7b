"""`GET /checks`"""

from typing import Annotated

from pydantic import AwareDatetime, Field

from portal.domain.permissions import Permission
from portal.services.health.history import CheckFilter, list_checks
from portal.web.api.check_shape import Check, check_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Paged, Word


class Wanted(Paged):
    """Which checks."""

    provider: Annotated[Word, Field(description="The name that it had then.")] = ""
    outcome: Word = ""
    category: Word = ""
    model: Word = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@endpoint("GET", "/checks", Permission.PROVIDER_VIEW)
def run(call: Call, query: Wanted) -> Page[Check]:
    """List the health checks, the newest first."""
    wanted = CheckFilter(
        provider=query.provider,
        outcome=query.outcome,
        category=query.category,
        model=query.model,
        since=query.since,
        until=query.until,
    )
    page = list_checks(call.actor, wanted, before=query.cursor, size=query.limit)
    return Page(data=[check_of(check) for check in page.checks], next=page.older or None)
