"""`GET /models`"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.domain.reasons import Reason
from portal.services.language_models.listing import Filter, list_stretch
from portal.web.api import cursors
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Paged, Word


class Wanted(Paged):
    """Which models: those that fit all that is said."""

    q: Annotated[Word, Field(description="Words of its names, its model ID or its provider.")] = ""
    provider: Annotated[Word, Field(description="The name of a provider.")] = ""
    capability: Word = ""
    feature: Word = ""
    usable: Literal["", "yes", "no"] = ""


@dataclass(slots=True)
class ModelLine:
    """A model in the list. `reason` is why nobody can use it now."""

    id: UUID
    provider: str
    name: str
    wire_name: str
    display_name: str
    enabled: bool
    recommended: bool
    default: bool
    chats: bool
    context_limit: int
    capabilities: Sequence[str]
    price_input: str | None
    price_output: str | None
    retires_on: date | None
    reason: Reason | None


@endpoint("GET", "/models", Permission.PROVIDER_VIEW)
def run(call: Call, query: Wanted) -> Page[ModelLine]:
    """List the published models, in the order of the Models page."""
    filter = Filter(query.q, query.provider, query.capability, query.feature, query.usable)
    found = list_stretch(
        call.actor, call.runtime, filter, after=cursors.read(query.cursor, int, UUID), size=query.limit
    )
    catalog, facts = found.catalog, found.facts
    names = {id: provider.name for id, provider in catalog.providers.items()}
    # A dataclass, built unchecked: every value comes from the catalog, whose types these are.
    lines = [
        ModelLine(
            id=entry.id,
            provider=names[entry.provider_id],
            name=entry.name,
            wire_name=entry.wire_name,
            display_name=entry.display_name,
            enabled=entry.enabled,
            recommended=entry.recommended,
            default=entry.id == catalog.default_id,
            chats=entry.chats,
            context_limit=entry.context_limit,
            capabilities=sorted(entry.capabilities),
            price_input=known.price_in,
            price_output=known.price_out,
            retires_on=entry.retires_on,
            reason=found.reasons[entry.id],
        )
        for entry in found.entries
        if (known := facts.get(entry.id)) is not None
    ]
    return Page(data=lines, next=cursors.write(*found.end) if found.end else None)
