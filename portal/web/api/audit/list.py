"""`GET /audit`"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime

from portal.domain.audit import Filters
from portal.domain.permissions import Permission
from portal.services.audit.trail import Cursor, list_for
from portal.web.api import cursors
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Paged, Told, Word


class Wanted(Paged):
    """Which rows."""

    verb: Word = ""
    actor: Word = ""
    subject: Word = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class AuditRow(Told):
    """One row of the trail. `actor` names the access token, too, where one was used."""

    seq: int
    at: datetime
    actor_id: UUID | None
    actor: str
    address: str
    verb: str
    kind: str
    subject_id: str
    subject: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    mac: str


def _seq(part: object) -> int:
    number = int(str(part))
    if not 0 <= number < 2**63:
        raise ValueError(part)
    return number


@endpoint("GET", "/audit", Permission.AUDIT_VIEW)
def run(call: Call, query: Wanted) -> Page[AuditRow]:
    """List the audit trail, the newest first."""
    place = cursors.read(query.cursor, _seq)
    filters = Filters(query.verb, query.actor, query.subject, query.since, query.until)
    found = list_for(call.actor, call.runtime, filters, Cursor(before=place[0] if place else None), query.limit)
    rows = [AuditRow.of(entry) for entry in found.entries]
    return Page(data=rows, next=cursors.write(found.older.before) if found.older else None)
