"""`POST /settings/webhook/test`"""

from portal.domain.permissions import Permission
from portal.services.webhooks import delivery
from portal.web.admission import Waits
from portal.web.api.operations import Call, endpoint
from portal.web.api.settings.shapes import Delivery


@endpoint("POST", "/settings/webhook/test", Permission.SETTINGS_EDIT, waits=Waits.PROVIDER)
def run(call: Call) -> Delivery:
    """Send a test message to the stored webhook now. What does not arrive is an answer, too: see `arrived`."""
    return Delivery.model_validate(delivery.send_test(call.actor, call.runtime))
