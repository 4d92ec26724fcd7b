"""`PUT /providers/{name}/keys/{key_id}/place`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.keys import pools
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class KeyOrder(Given):
    """Before which other key of its provider."""

    before: UUID


@endpoint("PUT", "/providers/{name}/keys/{key_id}/place", Permission.PROVIDER_EDIT)
def run(call: Call, name: str, key_id: UUID, body: KeyOrder) -> None:
    """Let this key serve just before another one, as the new key of a rotation does."""
    pools.take_place(call.actor, call.runtime, name, key_id, body.before)
