"""`GET /me/tokens`"""

from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page
from portal.web.api.tokens.shapes import AccessToken, tokens_of


@endpoint("GET", "/me/tokens", Permission.ACCESS_TOKEN)
def run(call: Call) -> Page[AccessToken]:
    """List one’s own tokens: those that work, and some that ended. There is one page of them."""
    return Page(data=tokens_of(own_tokens.list_own(call.actor, call.runtime)))
