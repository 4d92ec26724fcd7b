"""`PUT /allowances/{kind}/{subject_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.allowances import setting
from portal.web.api.allowances.shapes import AllowanceGiven, AllowanceTold, allowance_of, kind_of
from portal.web.api.operations import Call, endpoint


@endpoint("PUT", "/allowances/{kind}/{subject_id}", Permission.SETTINGS_EDIT, changes=True, versioned=True)
def run(call: Call, kind: str, subject_id: UUID, body: AllowanceGiven) -> AllowanceTold:
    """Set what is allowed to one of them, from the next request on. An empty object allows all."""
    of = kind_of(kind)
    setting.change(call.actor, call.runtime, of, subject_id, body.allowance, call.version)
    return allowance_of(call, setting.show(call.actor, of, subject_id))
