"""`POST /me/tokens/{token_id}/replace`"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given
from portal.web.api.tokens.shapes import MadeToken, made_of


class Overlap(Given):
    """For how many hours more the old value works."""

    hours: Annotated[int, Field(ge=0, le=100_000)] = 0


@endpoint("POST", "/me/tokens/{token_id}/replace", Permission.ACCESS_TOKEN, status=201)
def run(call: Call, token_id: UUID, body: Overlap) -> MadeToken:
    """Give a token another value. It is in this answer and nowhere else."""
    return made_of(own_tokens.replace(call.actor, call.runtime, token_id, body.hours))
