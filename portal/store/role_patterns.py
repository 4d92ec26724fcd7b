"""Which models a role reaches: its patterns, in the order in which they were written."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record


class RolePatternRecord(Record):
    """One pattern on `provider:model`. A role without any reaches every model."""

    __tablename__ = "role_patterns"

    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    pattern: Mapped[str] = mapped_column(String(600), primary_key=True)
    position: Mapped[int]


def of_role(session: Session, role_id: UUID) -> tuple[str, ...]:
    """The patterns of one role, in order."""
    record = RolePatternRecord
    query = select(record.pattern).where(record.role_id == role_id).order_by(record.position)
    # house: bounded-all because a role has at most access.MOST_PATTERNS
    return tuple(session.scalars(query))


def put(session: Session, role_id: UUID, patterns: Iterable[str]) -> None:
    """Replace the patterns of a role."""
    session.execute(delete(RolePatternRecord).where(RolePatternRecord.role_id == role_id))
    rows = [
        {"role_id": role_id, "pattern": pattern, "position": place} for place, pattern in enumerate(patterns, start=1)
    ]
    if rows:
        session.execute(insert(RolePatternRecord), rows)
