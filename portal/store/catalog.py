"""The catalog's version: raised by whoever changes what selection reads, in the transaction of the change."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.store.language_models import CatalogStateRecord


def lock_catalog(session: Session) -> CatalogStateRecord:
    """Raise the version and return the locked row. Call it first in any transaction that changes the catalog."""
    state = session.scalars(select(CatalogStateRecord).where(CatalogStateRecord.id == 1).with_for_update()).one()
    state.version += 1
    return state
