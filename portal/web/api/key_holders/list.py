"""`GET /providers/{name}/personal-keys`"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.personal_keys import holders
from portal.services.providers import reading
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Query, Told, Word


class Wanted(Query):
    """Whom to look for."""

    q: Annotated[Word, Field(description="A part of a name or an e-mail.")] = ""


class Holder(Told):
    """Somebody with a key of their own, by its fingerprint."""

    user_id: UUID
    name: str
    email: str
    fingerprint: str
    created_at: datetime
    last_used_at: datetime | None


class Holders(Told):
    """The first of those that are found, by name; `more`: there are others, so look for a name. `total` counts all."""

    people: Sequence[Holder]
    more: bool
    total: int


@endpoint("GET", "/providers/{name}/personal-keys", Permission.PROVIDER_VIEW)
def run(call: Call, name: str, query: Wanted) -> Holders:
    """Say who has a key of their own for a provider."""
    provider_id = reading.id_of(call.actor, name)
    return Holders.model_validate(holders.of_provider(call.actor, call.runtime, provider_id, query.q))
