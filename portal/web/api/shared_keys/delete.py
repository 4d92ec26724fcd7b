"""`DELETE /providers/{name}/keys/{key_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.keys import pools
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/providers/{name}/keys/{key_id}", Permission.PROVIDER_DELETE)
def run(call: Call, name: str, key_id: UUID) -> None:
    """Delete a shared key, for good. Behind the last one the server’s environment serves, or nobody is served."""
    pools.delete_key(call.actor, call.runtime, name, key_id)
