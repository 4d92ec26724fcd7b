"""`GET /models/available`"""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.domain.reasons import REASON_WORDS, Reason
from portal.services.explain.access import available
from portal.web.api import cursors
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Paged, Told, Word


class Wanted(Paged):
    """For which purpose: a context, as the overrides name them."""

    context: Annotated[Word, Field(description="What an answer is for; `root` is one’s own chat.")] = "root"


class AvailableModel(Told):
    """A model as whoever asks has it. `reason` and `why` say what keeps them from it, null for nothing."""

    id: UUID
    address: str
    provider: str
    name: str
    display_name: str
    allowed: bool
    default: bool
    features: Sequence[str]
    capabilities: Sequence[str]
    limits: Mapping[str, int]
    reason: Reason | None
    why: str | None


@endpoint("GET", "/models/available", Permission.CHAT, may=frozenset({404}), end_users=True)
def run(call: Call, query: Wanted) -> Page[AvailableModel]:
    """List the models with whether one may use each of them, and why not."""
    found, end = available(
        call.actor, call.runtime, query.context, after=cursors.read(query.cursor, int, UUID), size=query.limit
    )
    lines = [
        AvailableModel(
            id=one.entry.id,
            address=f"{one.provider_name}:{one.entry.name}",
            provider=one.provider_name,
            name=one.entry.name,
            display_name=one.entry.display_name,
            allowed=one.reason is None,
            default=one.is_default,
            features=sorted(one.entry.features),
            capabilities=sorted(one.entry.capabilities),
            limits={"context": one.entry.context_limit},
            reason=one.reason,
            why=REASON_WORDS[one.reason] if one.reason else None,
        )
        for one in found
    ]
    return Page(data=lines, next=cursors.write(*end) if end else None)
