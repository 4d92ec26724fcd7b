"""`POST /providers/{name}/keys`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.keys import pools
from portal.web.api.key_shape import KeyGiven, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.api.shared_keys.shapes import KeptKey, key_of


class NewKey(KeyGiven):
    """A further key. `replaces` names the one whose rotation it begins."""

    replaces: UUID | None = None


@endpoint("POST", "/providers/{name}/keys", Permission.PROVIDER_EDIT, status=201, pointer=pointer)
def run(call: Call, name: str, body: NewKey) -> KeptKey:
    """Add a key behind the others. It is encrypted at once, and told nobody."""
    kept = pools.add_key(call.actor, call.runtime, name, body.pasted, body.replaces)
    return KeptKey(key=key_of(kept.key), remarks=kept.remarks)
