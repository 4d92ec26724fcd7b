"""What each provider listed when it was last asked: so its page can say what is not published, without asking again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record


class ProviderListingRecord(Record):
    """The IDs of the models that people look for, in the provider's order."""

    __tablename__ = "provider_listings"

    provider_id: Mapped[UUID] = mapped_column(ForeignKey("providers.id"), primary_key=True)
    listed_at: Mapped[datetime]
    wire_names: Mapped[list[Any]]


def keep(session: Session, provider_id: UUID, wire_names: Sequence[str], now: datetime) -> None:
    """Put a listing in the place of the one before. Call it with the provider locked."""
    session.merge(ProviderListingRecord(provider_id=provider_id, listed_at=now, wire_names=list(wire_names)))


def names_listed(session: Session, provider_id: UUID) -> list[str]:
    """What the provider listed last; nothing when it was never asked."""
    listing = session.get(ProviderListingRecord, provider_id)
    return listing.wire_names if listing else []


def forget(session: Session, provider_id: UUID) -> None:
    """Delete a provider's listing for good."""
    session.execute(delete(ProviderListingRecord).where(ProviderListingRecord.provider_id == provider_id))
