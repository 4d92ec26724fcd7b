"""Embedding applications and the keys with which they sign. A secret is encrypted, a public key lies in the open."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.base import Record
from portal.store.budget_counts import BudgetCountRecord
from portal.store.encrypted_rows import EncryptedRows
from portal.store.language_models import CatalogStateRecord
from portal.store.prepared import Prepared


class ApplicationRecord(Record):
    """One application. `name` stands in tokens as `iss`; `environments` are pairs of a name and its audience.
    `ceiling` are patterns on `provider:model`: the models that it may use at most, every one where there is none.

    A deleted one keeps its row, without keys: usage refers to it.
    """

    __tablename__ = "applications"
    __table_args__ = (
        Index(
            "uq_applications_name",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(64))
    environments: Mapped[list[Any]]
    ceiling: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    enabled: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    last_used_at: Mapped[datetime | None]
    last_address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    deleted_at: Mapped[datetime | None]


class ApplicationKeyRecord(Record):
    """One key of an application; tokens name it by its id, as `kid`.

    It has a `public_key` in PEM or a secret, `encrypted` under the master key `master_key_id`; both are blank of the
    other kind, and of a secret that has ended. `expires_at` is set once the key is replaced.
    """

    __tablename__ = "application_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("applications.id", ondelete="CASCADE"), index=True)
    algorithm: Mapped[str] = mapped_column(String(5))
    public_key: Mapped[str] = mapped_column(Text, default="")
    encrypted: Mapped[str] = mapped_column(Text, default="")
    master_key_id: Mapped[str] = mapped_column(String(16), default="", index=True)
    fingerprint: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


_STATE, _APPLICATION = CatalogStateRecord.__table__, ApplicationRecord.__table__
_KEY, _COUNT = ApplicationKeyRecord.__table__, BudgetCountRecord.__table__

_SPENT = (
    select(_COUNT.c.spent)
    .where(_COUNT.c.id == _APPLICATION.c.id, _COUNT.c.period == bindparam("period", type_=Integer))
    .scalar_subquery()
)
_FOUND = (
    _STATE.c.version.label("catalog_version"),
    _STATE.c.endpoints.label("endpoints_version"),
    _APPLICATION.c.id.label("application_id"),
    _APPLICATION.c.name,
    _APPLICATION.c.environments,
    _APPLICATION.c.ceiling,
    _APPLICATION.c.enabled,
    _APPLICATION.c.last_used_at,
    _KEY.c.id.label("key_id"),
    _KEY.c.algorithm,
    _KEY.c.public_key,
    _KEY.c.encrypted,
    _KEY.c.expires_at,
    _KEY.c.last_used_at.label("key_last_used_at"),
    _SPENT.label("spent"),
)
_BY_KEY = Prepared(
    select(*_FOUND)
    .select_from(_STATE)
    .outerjoin(_KEY, _KEY.c.id == bindparam("key_id", type_=Uuid))
    .outerjoin(_APPLICATION, and_(_APPLICATION.c.id == _KEY.c.application_id, _APPLICATION.c.deleted_at.is_(None)))
    .where(_STATE.c.id == literal_column("1"))
)
_BY_NAME = Prepared(
    select(*_FOUND)
    .select_from(_STATE)
    .outerjoin(
        _APPLICATION, and_(_APPLICATION.c.name == bindparam("name", type_=String), _APPLICATION.c.deleted_at.is_(None))
    )
    .outerjoin(_KEY, _KEY.c.application_id == _APPLICATION.c.id)
    .where(_STATE.c.id == literal_column("1"))
    .order_by(_KEY.c.created_at.desc(), _KEY.c.id)
)


def by_key(connection: Connection, key_id: UUID, period: int) -> list[Any]:
    """The catalog's version and, for a known key, its application: one row. One statement, so that whatever anybody
    changed counts from the next request on, in every process."""
    return _BY_KEY.rows(connection, {"key_id": key_id, "period": period})


def by_name(connection: Connection, name: str, period: int) -> list[Any]:
    """The same by the name of an application: a row for each of its keys, the newest first; those are few."""
    return _BY_NAME.rows(connection, {"name": name, "period": period})


def living(session: Session, most: int) -> Sequence[ApplicationRecord]:
    """The applications by name, so many at most."""
    record = ApplicationRecord
    return list(session.scalars(select(record).where(record.deleted_at.is_(None)).order_by(record.name).limit(most)))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).where(ApplicationRecord.deleted_at.is_(None))) or 0


def find(session: Session, application_id: UUID, *, lock: bool = False) -> ApplicationRecord | None:
    """An application that was not deleted."""
    record = ApplicationRecord
    query = select(record).where(record.id == application_id, record.deleted_at.is_(None))
    return session.scalar(query.with_for_update() if lock else query)


def named(session: Session, name: str) -> ApplicationRecord | None:
    """The one of this name that was not deleted."""
    record = ApplicationRecord
    return session.scalar(select(record).where(record.name == name, record.deleted_at.is_(None)))


def is_name_taken(session: Session, name: str) -> bool:
    record = ApplicationRecord
    return bool(session.scalar(select(exists().where(record.name == name, record.deleted_at.is_(None)))))


def keys_of(
    session: Session, application_ids: Collection[UUID], now: datetime
) -> Mapping[UUID, list[ApplicationKeyRecord]]:
    """The keys of each of these applications that work, the newest first."""
    record = ApplicationKeyRecord
    alive = or_(record.expires_at.is_(None), record.expires_at > now)
    found: dict[UUID, list[ApplicationKeyRecord]] = {id: [] for id in application_ids}
    query = select(record).where(record.application_id.in_(application_ids), alive)
    for key in session.scalars(query.order_by(record.created_at.desc(), record.id)):
        found[key.application_id].append(key)
    return found


def forget_ended(session: Session, application_id: UUID | None, now: datetime, before: datetime) -> None:
    """Take the secrets out of keys of this application that have ended, and delete those that ended before a day.

    None is every application.
    """
    record = ApplicationKeyRecord
    mine = record.application_id == application_id if application_id else true()
    old = delete(record).where(mine, record.expires_at <= before)
    session.execute(old.execution_options(synchronize_session=False))
    ended = update(record).where(mine, record.expires_at <= now)
    session.execute(ended.values(encrypted="", master_key_id="").execution_options(synchronize_session="fetch"))


def is_any_ended(session: Session, now: datetime, before: datetime) -> bool:
    """Whether a key has ended whose secret is still there, or ended before a day."""
    record = ApplicationKeyRecord
    due = or_(and_(record.expires_at <= now, record.encrypted != ""), record.expires_at <= before)
    return bool(session.scalar(select(exists().where(due))))


def forget_keys(session: Session, application_id: UUID) -> None:
    """Delete every key of an application."""
    session.execute(delete(ApplicationKeyRecord).where(ApplicationKeyRecord.application_id == application_id))


def names(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """What these applications are called, also those that were deleted."""
    query = select(ApplicationRecord.id, ApplicationRecord.name).where(ApplicationRecord.id.in_(ids))
    return dict(iter(session.execute(query))) if ids else {}


encrypted_rows = EncryptedRows(ApplicationKeyRecord, ApplicationKeyRecord.encrypted != "")
