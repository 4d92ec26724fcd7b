"""`GET /allowances/unpriced`"""

from portal.domain.permissions import Permission
from portal.services.allowances import setting
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Told


class Unpriced(Told):
    """Whether people with a budget may use models whose price is not known."""

    allowed: bool


@endpoint("GET", "/allowances/unpriced", Permission.SETTINGS_EDIT)
def run(call: Call) -> Unpriced:
    """Read whether people with a budget may use models of unknown price."""
    return Unpriced(allowed=setting.read_unpriced(call.actor))
