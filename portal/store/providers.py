"""Providers: one row for each configured upstream account. A deleted one stays as a tombstone."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, Row, Select, String, exists, or_, select, text, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record
from portal.store.people import TeamRecord


class ProviderRecord(Record):
    """`destination` is the sorted origins its requests may go to, joined by spaces; keys are encrypted for just that.

    `proven_from` is when its key or destination last changed: a check older than that says nothing about today.
    """

    __tablename__ = "providers"
    __table_args__ = (
        Index(
            "uq_providers_living_name",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(40))
    base_url: Mapped[str] = mapped_column(String(500), default="")
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    destination: Mapped[str] = mapped_column(String(1000), default="")
    default_model: Mapped[str] = mapped_column(String(200), default="")
    connect_timeout: Mapped[float] = mapped_column(default=5.0)
    read_timeout: Mapped[float] = mapped_column(default=180.0)
    rotate_after_days: Mapped[int] = mapped_column(default=90, server_default="90")
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254), default="")
    changed_at: Mapped[datetime]
    proven_from: Mapped[datetime]
    discovered_at: Mapped[datetime | None]
    missing_apis: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    """Those of its type's APIs that were asked for at this address and are not there."""
    who_asked: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """Headers that tell it who asks, by the names of `portal.domain.who_asked.PARTS`; blank while it is not told."""
    deleted_at: Mapped[datetime | None]


def proven_from(session: Session, provider_id: UUID) -> datetime | None:
    """When its key or destination last changed."""
    return session.scalar(select(ProviderRecord.proven_from).where(ProviderRecord.id == provider_id))


def find(session: Session, name: str) -> ProviderRecord | None:
    """The living provider of that name."""
    if "\0" in name:  # nothing is called that, and PostgreSQL does not take the question
        return None
    return session.scalars(_living().where(ProviderRecord.name == name)).one_or_none()


def team_of(session: Session, provider_id: UUID) -> UUID | None:
    """The team that owns a provider; None for the deployment."""
    return session.scalar(select(ProviderRecord.team_id).where(ProviderRecord.id == provider_id))


def lock(session: Session, name: str) -> ProviderRecord | None:
    """The same, held until the transaction ends: two changes of one provider follow each other."""
    return session.scalars(_living().where(ProviderRecord.name == name).with_for_update()).one_or_none()


def find_by_id(session: Session, provider_id: UUID) -> ProviderRecord | None:
    """The living provider of that id."""
    return session.scalars(_living().where(ProviderRecord.id == provider_id)).one_or_none()


def lock_by_id(session: Session, provider_id: UUID) -> ProviderRecord | None:
    """The living provider of that id, held until the transaction ends."""
    return session.scalars(_living().where(ProviderRecord.id == provider_id).with_for_update()).one_or_none()


def living(session: Session, search: str = "") -> list[ProviderRecord]:
    """Every living provider by name; `search` is looked for in name, label, type and address."""
    query = _living().order_by(ProviderRecord.name)
    if search:
        query = query.where(
            or_(
                *(
                    column.icontains(search, autoescape=True)
                    for column in (
                        ProviderRecord.name,
                        ProviderRecord.label,
                        ProviderRecord.type,
                        ProviderRecord.base_url,
                    )
                )
            )
        )
    # house: bounded-all because providers are typed in one by one, and the page shows them all
    return list(session.scalars(query))


def names(session: Session) -> set[str]:
    """The names in use."""
    # house: bounded-all because providers are typed in one by one
    return set(session.scalars(select(ProviderRecord.name).where(ProviderRecord.deleted_at.is_(None))))


def labels_of(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """What these providers are called."""
    query = select(ProviderRecord.id, ProviderRecord.label).where(ProviderRecord.id.in_(ids))
    return dict(iter(session.execute(query)))


def labels_by_name(session: Session, names: Collection[str]) -> dict[str, str]:
    """What the newest provider of each of these names is called."""
    columns = (ProviderRecord.name, ProviderRecord.label)
    query = select(*columns).where(ProviderRecord.name.in_(names)).order_by(ProviderRecord.created_at)
    return dict(iter(session.execute(query)))


def label_taken(session: Session, label: str) -> bool:
    return bool(
        session.scalar(select(exists().where(ProviderRecord.label == label, ProviderRecord.deleted_at.is_(None))))
    )


def facts_for_an_endpoint(session: Session, provider_id: UUID) -> Row[Any] | None:
    """The plain columns that a request needs, of a living provider: no record is built on the way to an answer."""
    columns, teams = ProviderRecord.__table__.c, TeamRecord.__table__.c
    return session.execute(
        select(
            columns.id,
            columns.name,
            columns.label,
            columns.type,
            columns.base_url,
            columns.settings,
            columns.destination,
            columns.connect_timeout,
            columns.read_timeout,
            columns.team_id,
            columns.missing_apis,
            columns.who_asked,
            teams.private_networks,
        )
        .outerjoin_from(ProviderRecord.__table__, TeamRecord.__table__, teams.id == columns.team_id)
        .where(columns.id == provider_id, columns.deleted_at.is_(None))
    ).one_or_none()


def _living() -> Select[ProviderRecord]:
    return select(ProviderRecord).where(ProviderRecord.deleted_at.is_(None))
