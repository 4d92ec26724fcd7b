"""`POST /providers/{name}/keys/{key_id}/replace`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.keys import pools
from portal.web.api.key_shape import KeyGiven, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.api.shared_keys.shapes import KeptKey, key_of


@endpoint("POST", "/providers/{name}/keys/{key_id}/replace", Permission.PROVIDER_EDIT, status=201, pointer=pointer)
def run(call: Call, name: str, key_id: UUID, body: KeyGiven) -> KeptKey:
    """Put a new key in the place of this one, which is deleted."""
    kept = pools.replace_key(call.actor, call.runtime, name, key_id, body.pasted)
    return KeptKey(key=key_of(kept.key), remarks=kept.remarks)
