"""Rows that hold something encrypted: under which master keys they lie, and how one is swapped for another."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from portal.store.base import Record, Session


class EncryptedRows:
    """Those of a record with the columns `id`, `encrypted` and `master_key_id` that meet this condition."""

    def __init__(self, record: type[Record], *which: ColumnElement[bool]) -> None:
        self._record: Any = record
        self._which = which

    def count_by_master_key(self, session: Session) -> dict[str, int]:
        """How many of them are encrypted under each master key."""
        record = self._record
        query = select(record.master_key_id, func.count()).where(*self._which).group_by(record.master_key_id)
        return dict(session.execute(query).all())  # house: bounded-all because there are a few master keys

    def under_another(
        self, session: Session, master_key_id: str, after: UUID | None, limit: int
    ) -> list[tuple[UUID, str]]:
        """Ids and encrypted texts of those that are not under this master key, in order of id, behind this one."""
        record = self._record
        query = select(record.id, record.encrypted).where(*self._which, record.master_key_id != master_key_id)
        if after is not None:
            query = query.where(record.id > after)
        return [(row.id, row.encrypted) for row in session.execute(query.order_by(record.id).limit(limit))]

    def swap(self, session: Session, id: UUID, old: str, new: str, master_key_id: str) -> bool:
        """Compare and set: False when somebody changed or deleted it in the meantime."""
        record = self._record
        swapped = session.execute(
            update(record)
            .where(record.id == id, record.encrypted == old)
            .values(encrypted=new, master_key_id=master_key_id)
            .execution_options(synchronize_session=False)
        )
        return bool(swapped.rowcount)  # type: ignore[attr-defined]
