"""`POST /applications/{application_id}/keys`"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.applications import keys
from portal.web.api.applications.shapes import MadeKey, PublicKey, made_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given


class NewKey(Given):
    """Another key; for `hours` more the one that it replaces works, too."""

    hours: Annotated[int, Field(ge=0, le=100_000)] = 0
    public_key: PublicKey = ""


@endpoint("POST", "/applications/{application_id}/keys", Permission.APPLICATION_MANAGE, status=201)
def run(call: Call, application_id: UUID, body: NewKey) -> MadeKey:
    """Give an application another key. A secret is in this answer and nowhere else."""
    return made_of(keys.rotate(call.actor, call.runtime, application_id, body.hours, body.public_key))
