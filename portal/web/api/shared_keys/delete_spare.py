"""`DELETE /providers/{name}/spare-keys/{key_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.keys import pools
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/providers/{name}/spare-keys/{key_id}", Permission.PROVIDER_EDIT)
def run(call: Call, name: str, key_id: UUID) -> None:
    """Delete a shared key after which another one serves, as the last step of a rotation does."""
    pools.delete_spare_key(call.actor, call.runtime, name, key_id)
