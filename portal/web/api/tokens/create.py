"""`POST /me/tokens`"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AwareDatetime, Field

from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Word
from portal.web.api.tokens.shapes import MadeToken, made_of


class NewToken(Given):
    """A token to make. It may do no more than the token with which it is asked for."""

    name: Word
    scopes: Annotated[Sequence[Word], Field(max_length=50)]
    expires_at: AwareDatetime | None = None


@endpoint("POST", "/me/tokens", Permission.ACCESS_TOKEN, status=201)
def run(call: Call, body: NewToken) -> MadeToken:
    """Make a token. Its value is in this answer and nowhere else."""
    return made_of(own_tokens.create(call.actor, call.runtime, body.name, body.scopes, body.expires_at))
