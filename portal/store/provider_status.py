"""Each provider with its newest check that counts, as the menu of every page asks for them: columns, and no records."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.store.health import CheckRecord
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
    )
    .outerjoin(CheckRecord, CheckRecord.id == _NEWEST)
    .where(ProviderRecord.deleted_at.is_(None))
)


def living(session: Session) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a verdict needs of every living provider; `at` is None where no check of it counts."""
    # house: bounded-all because providers are typed in one by one
    return session.execute(_LIVING).all()
