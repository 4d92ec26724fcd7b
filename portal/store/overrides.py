"""Overrides, and the contexts they are for: a model pinned for everybody, or by people for themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record


class ContextRecord(Record):
    """A context that an administrator added; the built-in ones are in `portal.domain.contexts`."""

    __tablename__ = "contexts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(80))
    explanation: Mapped[str] = mapped_column(String(300))
    feature: Mapped[str] = mapped_column(String(80))
    capabilities: Mapped[list[Any]] = mapped_column(JSON)
    personal: Mapped[bool]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class OverrideRecord(Record):
    """A model that an administrator pinned to a context for everybody."""

    __tablename__ = "overrides"

    context: Mapped[str] = mapped_column(String(40), primary_key=True)
    language_model_id: Mapped[UUID] = mapped_column(ForeignKey("language_models.id"))
    effort: Mapped[str] = mapped_column(String(10), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(254), default="")


class PersonalOverrideRecord(Record):
    """A model that a person pinned to a context for themselves."""

    __tablename__ = "personal_overrides"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    context: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)
    language_model_id: Mapped[UUID] = mapped_column(ForeignKey("language_models.id"))
    effort: Mapped[str] = mapped_column(String(10), default="")
    changed_at: Mapped[datetime]


@dataclass(frozen=True)
class Pinned:
    """An administrator's override as its page tells of it."""

    context: str
    language_model_id: UUID
    effort: str
    changed_at: datetime
    changed_by: str


_COLUMNS = OverrideRecord.__table__.c
_PINNED = select(
    _COLUMNS.context, _COLUMNS.language_model_id, _COLUMNS.effort, _COLUMNS.changed_at, _COLUMNS.changed_by
)


def pinned(session: Session) -> dict[str, Pinned]:
    """Every administrator's override by context; there are as many as contexts at most."""
    # house: bounded-all because there are as many rows as contexts
    return {row.context: Pinned(*row) for row in session.execute(_PINNED)}


def count_personal(session: Session) -> dict[str, int]:
    """For each context how many people override it for themselves."""
    record = PersonalOverrideRecord
    # house: bounded-all because there are as many rows as contexts
    return dict(session.execute(select(record.context, func.count()).group_by(record.context)).all())


def find_pin(session: Session, context: str) -> OverrideRecord | None:
    """The administrator's override of a context."""
    return session.get(OverrideRecord, context)


def find_personal(session: Session, user_id: UUID, context: str) -> PersonalOverrideRecord | None:
    """A person's own override of a context."""
    return session.get(PersonalOverrideRecord, (user_id, context))


def find_context(session: Session, name: str) -> ContextRecord | None:
    """A context that an administrator added."""
    return session.get(ContextRecord, name)


def forget_context(session: Session, name: str) -> None:
    """Delete a context with all that was pinned to it."""
    for record in (OverrideRecord, PersonalOverrideRecord):
        session.execute(delete(record).where(record.context == name))
    session.execute(delete(ContextRecord).where(ContextRecord.name == name))


def forget_of_user(session: Session, user_ids: Collection[UUID]) -> None:
    """Delete the personal overrides of these people."""
    session.execute(delete(PersonalOverrideRecord).where(PersonalOverrideRecord.user_id.in_(user_ids)))
