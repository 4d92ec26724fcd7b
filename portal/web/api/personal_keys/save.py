"""`PUT /me/keys/{provider}`"""

from collections.abc import Sequence

from portal.domain.permissions import Permission
from portal.services.personal_keys import own_keys
from portal.web.api.key_shape import KeyGiven, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Told


class Kept(Told):
    """What is kept: the fingerprint, and what is to be said of how the key was typed."""

    provider: str
    fingerprint: str
    remarks: Sequence[str]


@endpoint("PUT", "/me/keys/{provider}", Permission.PERSONAL_KEY, pointer=pointer)
def run(call: Call, provider: str, body: KeyGiven) -> Kept:
    """Save a key of one’s own, in the place of the one that is there; doing it twice is doing it once."""
    kept = own_keys.save(call.actor, call.runtime, provider, body.pasted)
    return Kept(provider=provider, fingerprint=kept.fingerprint, remarks=kept.remarks)
