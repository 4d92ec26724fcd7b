"""`PUT /allowances/unpriced`"""

from portal.domain.permissions import Permission
from portal.services.allowances import setting
from portal.web.api.allowances.read_unpriced import Unpriced
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class UnpricedGiven(Given):
    """Whether they may."""

    allowed: bool


@endpoint("PUT", "/allowances/unpriced", Permission.SETTINGS_EDIT)
def run(call: Call, body: UnpricedGiven) -> Unpriced:
    """Let people with a budget use models of unknown price, or no longer."""
    setting.allow_unpriced(call.actor, call.runtime, allowed=body.allowed)
    return Unpriced(allowed=setting.read_unpriced(call.actor))
