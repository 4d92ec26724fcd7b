"""Each provider with its newest check and what chats learned, for the menu of every page: columns, and no records."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.store.health import CheckRecord
from portal.store.provider_faults import WHOLE, ProviderFaultRecord
from portal.store.providers import ProviderRecord

# Put together once: on every page, that took longer than asking.
_NEWEST = (
    select(CheckRecord.id)
    .where(CheckRecord.provider_id == ProviderRecord.id, CheckRecord.counts)
    .order_by(CheckRecord.at.desc(), CheckRecord.id.desc())
    .limit(1)
    .correlate(ProviderRecord)
    .scalar_subquery()
)
_LIVING = (
    select(
        ProviderRecord.id,
        ProviderRecord.type,
        ProviderRecord.enabled,
        ProviderRecord.destination,
        ProviderRecord.team_id,
        ProviderRecord.proven_from,
        ProviderRecord.rotate_after_days,
        CheckRecord.at,
        CheckRecord.category,
        CheckRecord.key_source,
        CheckRecord.fingerprint,
        ProviderFaultRecord.category.label("fault_category"),
        ProviderFaultRecord.since.label("fault_since"),
        ProviderFaultRecord.at.label("fault_at"),
        ProviderFaultRecord.until.label("fault_until"),
        ProviderFaultRecord.answered_at.label("fault_answered_at"),
        ProviderFaultRecord.key_source.label("fault_key_source"),
        ProviderFaultRecord.key_id.label("fault_key_id"),
        ProviderFaultRecord.fingerprint.label("fault_fingerprint"),
    )
    .outerjoin(CheckRecord, CheckRecord.id == _NEWEST)
    .outerjoin(
        ProviderFaultRecord,
        (ProviderFaultRecord.provider_id == ProviderRecord.id) & (ProviderFaultRecord.wire_name == WHOLE),
    )
    .where(ProviderRecord.deleted_at.is_(None))
)


def living(session: Session) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a verdict needs of every living provider; `at` is None where no check of it counts."""
    # house: bounded-all because providers are typed in one by one
    return session.execute(_LIVING).all()
