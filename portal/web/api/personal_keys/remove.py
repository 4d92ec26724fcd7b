"""`DELETE /me/keys/{provider}`"""

import contextlib

from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.services.personal_keys import own_keys
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/me/keys/{provider}", Permission.PERSONAL_KEY)
def run(call: Call, provider: str) -> None:
    """Delete one’s own key for good; where there is none, that is how it was to be."""
    with contextlib.suppress(NotFound):
        own_keys.remove(call.actor, call.runtime, provider)
