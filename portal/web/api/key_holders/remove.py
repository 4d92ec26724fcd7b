"""`DELETE /providers/{name}/personal-keys/{user_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.personal_keys import holders
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/providers/{name}/personal-keys/{user_id}", Permission.PROVIDER_DELETE)
def run(call: Call, name: str, user_id: UUID) -> None:
    """Delete somebody’s own key for good; they are told."""
    holders.revoke(call.actor, call.runtime, name, user_id)
