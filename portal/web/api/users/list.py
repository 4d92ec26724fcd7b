"""`GET /users`"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.people import users
from portal.web.api import cursors
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Query, Word
from portal.web.api.users.shapes import User, user_of


class Wanted(Query):
    """Which people. The portal decides how many stand on a page."""

    cursor: Annotated[str, Field(max_length=1000, description="The `next` of the page before.")] = ""
    q: Annotated[Word, Field(description="A part of a name or an e-mail.")] = ""
    enabled: bool | None = None
    role: UUID | None = None


def _text(part: object) -> str:
    if not isinstance(part, str) or "\0" in part:
        raise ValueError(part)
    return part


@endpoint("GET", "/users", Permission.USER_MANAGE)
def run(call: Call, query: Wanted) -> Page[User]:
    """List the people, by name."""
    place = cursors.read(query.cursor, _text, UUID)
    found = users.list_for(
        call.actor,
        call.runtime,
        term=query.q,
        enabled=query.enabled,
        role_id=query.role,
        after=(place[0], place[1]) if place else None,
    )
    return Page(data=[user_of(one) for one in found.people], next=cursors.write(*found.after) if found.after else None)
