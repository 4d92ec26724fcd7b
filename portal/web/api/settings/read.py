"""`GET /settings`"""

from portal.domain.permissions import Permission
from portal.services import settings
from portal.web.api.operations import Call, endpoint
from portal.web.api.settings.shapes import Settings, settings_of


@endpoint("GET", "/settings", Permission.SETTINGS_EDIT, versioned=True)
def run(call: Call) -> Settings:
    """Read every setting, and where each comes from."""
    return settings_of(call, settings.read(call.actor, call.runtime))
