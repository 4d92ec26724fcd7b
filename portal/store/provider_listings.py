"""What each provider listed when it was last asked: so its page can say what is not published, without asking again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, delete, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.model_facts import Value
from portal.store.base import Record


class ProviderListingRecord(Record):
    """The IDs of the models that people look for, in the provider's order, and what it said of each model it listed."""

    __tablename__ = "provider_listings"

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), primary_key=True)
    listed_at: Mapped[datetime]
    wire_names: Mapped[list[Any]]
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """Facts by model ID, each by the names of `portal.domain.model_facts`."""


def keep(
    session: Session,
    provider_id: UUID,
    wire_names: Sequence[str],
    now: datetime,
    told: Mapping[str, Mapping[str, Value]] | None = None,
) -> None:
    """Put a listing in the place of the one before. Call it with the provider locked."""
    record = ProviderListingRecord(
        provider_id=provider_id, listed_at=now, wire_names=list(wire_names), told=dict(told or {})
    )
    session.merge(record)


def told_of(session: Session, provider_id: UUID, wire_name: str) -> object:
    """What the provider said of one model when it was last asked; None for one that it did not list."""
    listing = session.get(ProviderListingRecord, provider_id)
    return listing.told.get(wire_name) if listing else None


def names_listed(session: Session, provider_id: UUID) -> list[str]:
    """What the provider listed last; nothing when it was never asked."""
    listing = session.get(ProviderListingRecord, provider_id)
    return listing.wire_names if listing else []


def forget(session: Session, provider_id: UUID) -> None:
    """Delete a provider's listing for good."""
    session.execute(delete(ProviderListingRecord).where(ProviderListingRecord.provider_id == provider_id))
