"""`DELETE /me/tokens/{token_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.web.api.operations import Call, endpoint


@endpoint("DELETE", "/me/tokens/{token_id}", Permission.ACCESS_TOKEN)
def run(call: Call, token_id: UUID) -> None:
    """Revoke one’s own token, at once and everywhere."""
    own_tokens.revoke(call.actor, call.runtime, token_id)
