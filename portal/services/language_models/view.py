"""One published language model, as services hand it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.language_models import Draft, parse_price
from portal.domain.versions import Fields, version_of
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord

SHOWN = (
    "wire_name",
    "display_name",
    "description",
    "context_limit",
    "output_limit",
    "retires_on",
    "recommended",
    "chats",
    "effort_default",
    "effort_most",
    "features",
    "capabilities",
    "modalities",
)
"""Fields of the form that have a draft's own names; options, limits and prices are fields of their own."""


@dataclass(frozen=True)
class LanguageModelView:
    """One published model, whole. `prices` are decimals as text, in USD per 1M tokens.

    `aliases` are None where nobody read them.
    """

    id: UUID
    provider_id: UUID
    provider_name: str
    provider_label: str
    type: ProviderType | None
    name: str
    wire_name: str
    display_name: str
    description: str
    enabled: bool
    recommended: bool
    is_default: bool
    position: int
    context_limit: int
    options: Mapping[str, Any]
    features: tuple[str, ...]
    capabilities: tuple[str, ...]
    limits: Mapping[str, Any]
    prices: Mapping[str, Any]
    chats: bool
    effort_default: str
    effort_most: str
    output_limit: int | None
    retires_on: date | None
    created_at: datetime
    created_by: str
    changed_at: datetime
    aliases: tuple[str, ...] | None = None
    modalities: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """What its form is drawn from."""
        return version_of(fields_of(self.draft))

    @property
    def address(self) -> str:
        """How patterns, trails and API clients name it."""
        return f"{self.provider_name}:{self.name}"

    def price(self, name: str) -> Decimal | None:
        text = self.prices.get(name)
        return parse_price(str(text)) if text is not None else None

    @property
    def draft(self) -> Draft:
        """What the form would hold."""
        values = {field.name: getattr(self, field.name) for field in fields(Draft) if field.name != "listed"}
        return Draft(**{**values, "retires_on": self.retires_on.isoformat() if self.retires_on else ""})


def draft_of(record: LanguageModelRecord) -> Draft:
    """A stored model as a draft, its aliases left as they are."""
    return Draft(
        wire_name=record.wire_name,
        name=record.name,
        display_name=record.display_name,
        description=record.description,
        context_limit=record.context_limit,
        recommended=record.recommended,
        enabled=record.enabled,
        features=tuple(record.features),
        capabilities=tuple(record.capabilities),
        options=dict(record.options),
        limits=dict(record.limits),
        prices=dict(record.prices),
        chats=record.chats,
        effort_default=record.effort_default,
        effort_most=record.effort_most,
        output_limit=record.output_limit,
        retires_on=record.retires_on.isoformat() if record.retires_on else "",
        modalities=tuple(record.modalities),
        sources=dict(record.sources),
    )


def fields_of(draft: Draft) -> Fields:
    """A model as its form shows it, field by field."""
    return {
        **{name: getattr(draft, name) for name in SHOWN},
        **dict(sorted(draft.options.items())),
        **dict(sorted(draft.limits.items())),
        **{f"price_{name}": str(value) for name, value in sorted(draft.prices.items())},
        "aliases": list(draft.aliases or ()),
    }


def view_of(
    record: LanguageModelRecord,
    provider: ProviderRecord,
    default_id: UUID | None,
    aliases: Sequence[str] | None = None,
) -> LanguageModelView:
    return LanguageModelView(
        id=record.id,
        provider_id=provider.id,
        provider_name=provider.name,
        provider_label=provider.label,
        type=TYPES.get(provider.type),
        name=record.name,
        wire_name=record.wire_name,
        display_name=record.display_name,
        description=record.description,
        enabled=record.enabled,
        recommended=record.recommended,
        is_default=record.id == default_id,
        position=record.position,
        context_limit=record.context_limit,
        options=dict(record.options),
        features=tuple(record.features),
        capabilities=tuple(record.capabilities),
        limits=dict(record.limits),
        prices=dict(record.prices),
        chats=record.chats,
        effort_default=record.effort_default,
        effort_most=record.effort_most,
        output_limit=record.output_limit,
        retires_on=record.retires_on,
        created_at=record.created_at,
        created_by=record.created_by,
        changed_at=record.changed_at,
        aliases=None if aliases is None else tuple(aliases),
        modalities=tuple(record.modalities),
        sources=dict(record.sources),
    )
