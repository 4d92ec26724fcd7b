"""`DELETE /users/{user_id}/tokens/{token_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.access_tokens import peoples_tokens
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/users/{user_id}/tokens/{token_id}", Permission.USER_MANAGE)
def run(call: Call, user_id: UUID, token_id: UUID) -> None:
    """Revoke somebody’s token, at once and everywhere."""
    peoples_tokens.revoke(call.actor, call.runtime, user_id, token_id)
