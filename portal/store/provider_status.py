"""Each provider with its newest check and what chats learned, for the menu of every page: columns, and no records."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.store.health import CheckRecord
from portal.store.provider_faults import WHOLE, ProviderFaultRecord
from portal.store.providers import ProviderRecord

_PROVIDER, _CHECK, _FAULT = (record.__table__ for record in (ProviderRecord, CheckRecord, ProviderFaultRecord))
# Put together once, of tables: on every page, that took longer than asking, and records' attributes as long again.
_NEWEST = (
    select(_CHECK.c.id)
    .where(_CHECK.c.provider_id == _PROVIDER.c.id, _CHECK.c.counts)
    .order_by(_CHECK.c.at.desc(), _CHECK.c.id.desc())
    .limit(1)
    .correlate(_PROVIDER)
    .scalar_subquery()
)
_LIVING = (
    select(
        _PROVIDER.c.id,
        _PROVIDER.c.type,
        _PROVIDER.c.enabled,
        _PROVIDER.c.destination,
        _PROVIDER.c.team_id,
        _PROVIDER.c.proven_from,
        _PROVIDER.c.rotate_after_days,
        _CHECK.c.at,
        _CHECK.c.category,
        _CHECK.c.key_source,
        _CHECK.c.fingerprint,
        _FAULT.c.category.label("fault_category"),
        _FAULT.c.since.label("fault_since"),
        _FAULT.c.at.label("fault_at"),
        _FAULT.c.until.label("fault_until"),
        _FAULT.c.answered_at.label("fault_answered_at"),
        _FAULT.c.key_source.label("fault_key_source"),
        _FAULT.c.key_id.label("fault_key_id"),
        _FAULT.c.fingerprint.label("fault_fingerprint"),
    )
    .outerjoin(_CHECK, _CHECK.c.id == _NEWEST)
    .outerjoin(
        _FAULT,
        (_FAULT.c.provider_id == _PROVIDER.c.id) & (_FAULT.c.wire_name == WHOLE),
    )
    .where(_PROVIDER.c.deleted_at.is_(None))
)


def living(session: Session) -> Sequence[Row[*tuple[Any, ...]]]:
    """What a verdict needs of every living provider; `at` is None where no check of it counts."""
    # house: bounded-all because providers are typed in one by one
    return session.execute(_LIVING).all()
