"""`GET /users/{user_id}/tokens`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.access_tokens import peoples_tokens
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.tokens.shapes import AccessToken, tokens_of


@endpoint("GET", "/users/{user_id}/tokens", Permission.USER_MANAGE)
def run(call: Call, user_id: UUID) -> Page[AccessToken]:
    """List somebody’s tokens. There is one page of them."""
    return Page(data=tokens_of(peoples_tokens.list_of(call.actor, call.runtime, user_id)))
