"""Things that tests start from, made by plain functions."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from portal.dialects.provider_types.table import TYPES, destination
from portal.store.base import transaction
from portal.store.providers import ProviderRecord


def make_provider(
    name: str = "acme-openai", type: str = "openai", base_url: str = "", **columns: Any
) -> ProviderRecord:
    """A stored provider of this type at its usual address, without a key."""
    now = datetime.now(UTC)
    address = base_url or TYPES[type].base_url
    record = ProviderRecord(
        **{
            "id": uuid4(),
            "name": name,
            "label": name,
            "type": type,
            "base_url": address,
            "settings": {},
            "destination": " ".join(sorted(destination(TYPES[type], address))),
            "connect_timeout": 5.0,
            "read_timeout": 180.0,
            "created_at": now,
            "changed_at": now,
            "proven_from": now,
        }
        | columns
    )
    with transaction() as session:
        session.add(record)
    return record
