"""What of answers stays at providers, so that it can be referred to: who got it, and by which model and key."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Index, Row, String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record


class ProviderStateRecord(Record):
    """One answer, or one item of an answer. `digest` is made of its id at the provider and of whoever got it, so that
    it is found by these two together and by neither alone. `model` is what the model was called then."""

    __tablename__ = "provider_states"
    __table_args__ = (Index("ix_provider_states_at", "at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    language_model_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    model: Mapped[str] = mapped_column(String(300))
    key_source: Mapped[str] = mapped_column(String(20))
    key_id: Mapped[UUID | None]


StateRow = Mapping[str, Any]
"""The values of one row by the names of its columns."""

_TABLE = ProviderStateRecord.__table__


def add(connection: Connection, rows: Sequence[StateRow]) -> None:
    """Store these rows; of what is there already the newest counts."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    into = insert(_TABLE)  # type: ignore[arg-type]
    newest = {column.name: into.excluded[column.name] for column in _TABLE.c if column.name != "digest"}
    statement = into.on_conflict_do_update(index_elements=["digest"], set_=newest)
    # In one order, so that two processes never wait for each other.
    connection.execute(statement, sorted(map(dict, rows), key=lambda row: row["digest"]))


def find(session: Session, digests: Collection[str]) -> Mapping[str, Row[Any]]:
    """Those that there are, by digest."""
    rows = session.execute(select(_TABLE).where(_TABLE.c.digest.in_(digests)).limit(len(digests)))
    return {row.digest: row for row in rows}


def forget_before(session: Session, moment: datetime, most: int) -> int:
    """Delete at most so many that are older than this; how many they were."""
    old = select(_TABLE.c.digest).where(_TABLE.c.at < moment).order_by(_TABLE.c.at).limit(most)
    return session.execute(
        delete(ProviderStateRecord)
        .where(_TABLE.c.digest.in_(old.scalar_subquery()))
        .execution_options(synchronize_session=False)
    ).rowcount
