"""`PATCH /settings`"""

from dataclasses import replace

from portal.domain.permissions import Permission
from portal.services import settings
from portal.services.settings import Draft
from portal.web.api.operations import Call, endpoint
from portal.web.api.settings.shapes import Settings, SettingsFields, settings_of


@endpoint("PATCH", "/settings", Permission.SETTINGS_EDIT, changes=True, versioned=True)
def run(call: Call, body: SettingsFields) -> Settings:
    """Change some of the settings in the database. Those of the environment are changed there."""
    now = settings.read(call.actor, call.runtime).stored
    kept = {name: getattr(now, name) for name in Draft.__dataclass_fields__ if name != "webhook_secret"}
    version = now.version if call.version is None else call.version
    settings.change(call.actor, call.runtime, replace(Draft(**kept), **body.sent), version)
    return settings_of(call, settings.read(call.actor, call.runtime))
