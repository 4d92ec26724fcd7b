"""`GET /allowances/{kind}/{subject_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.allowances import setting
from portal.web.api.allowances.shapes import AllowanceTold, allowance_of, kind_of
from portal.web.api.operations import Call, endpoint


@endpoint("GET", "/allowances/{kind}/{subject_id}", Permission.SETTINGS_EDIT, versioned=True)
def run(call: Call, kind: str, subject_id: UUID) -> AllowanceTold:
    """Read what is allowed to one provider, user, role, team, member of a team or token."""
    return allowance_of(call, setting.show(call.actor, kind_of(kind), subject_id))
