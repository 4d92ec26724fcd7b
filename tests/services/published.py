"""Factories for tests that need a provider or a model in the database."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from portal.dialects.provider_types.table import TYPES, destination
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord


def connect(name: str = "local", type: str = "demo", *, base_url: str = "", enabled: bool = True) -> UUID:
    """A provider, straight into the database."""
    now = datetime.now(UTC)
    address = base_url or TYPES[type].base_url
    with transaction() as session:
        lock_catalog(session)
        record = ProviderRecord(
            id=uuid4(),
            name=name,
            label=name.title(),
            type=type,
            base_url=address,
            destination=" ".join(sorted(destination(TYPES[type], address))),
            enabled=enabled,
            created_at=now,
            changed_at=now,
            proven_from=now,
        )
        session.add(record)
    return record.id
