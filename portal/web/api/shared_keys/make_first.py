"""`PUT /providers/{name}/keys/{key_id}/first`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.keys import pools
from portal.web.api.operations import Call, endpoint


@endpoint("PUT", "/providers/{name}/keys/{key_id}/first", Permission.PROVIDER_EDIT)
def run(call: Call, name: str, key_id: UUID) -> None:
    """Let this key serve before all others."""
    pools.make_first(call.actor, call.runtime, name, key_id)
