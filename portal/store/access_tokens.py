"""Access tokens and their values. A value is stored as its hash alone; a replaced token has two for a while."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Connection,
    ForeignKey,
    Integer,
    String,
    Text,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.functions import FunctionElement

from portal.store.base import Record
from portal.store.budget_counts import BudgetCountRecord
from portal.store.language_models import CatalogStateRecord
from portal.store.people import RolePermissionRecord, RoleRecord, UserRecord, UserRoleRecord
from portal.store.prepared import Prepared


class AccessTokenRecord(Record):
    """One token of one person. What used it is known by its id, which stays when its value is replaced.

    `scopes` are names of permissions with blanks between. A revoked token keeps its row: usage refers to it.
    """

    __tablename__ = "access_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_address: Mapped[str] = mapped_column(String(64), default="", server_default="")


class AccessTokenValueRecord(Record):
    """One value of a token: the SHA-256 of it, which gives nothing away of what is random and long.

    `prefix` is what a list shows of it. `expires_at` is set once it is replaced.
    """

    __tablename__ = "access_token_values"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[UUID] = mapped_column(ForeignKey("access_tokens.id", ondelete="CASCADE"), index=True)
    prefix: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class _Listed(FunctionElement[str]):
    """The texts of a group with blanks between. SQLAlchemy's own spells its separator anew for each execution."""

    type = Text()
    inherit_cache = True


@compiles(_Listed, "sqlite")
def _sqlite(element: _Listed, compiler: Any, **more: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **more)}, ' ')"


@compiles(_Listed, "postgresql")
def _postgresql(element: _Listed, compiler: Any, **more: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **more)}, ' ')"


_STATE, _VALUE, _TOKEN = CatalogStateRecord.__table__, AccessTokenValueRecord.__table__, AccessTokenRecord.__table__
_USER, _HELD = UserRecord.__table__, UserRoleRecord.__table__
_ROLE, _ALLOWED = RoleRecord.__table__, RolePermissionRecord.__table__
_COUNT = BudgetCountRecord.__table__
_GRANTED = select(_Listed(_ALLOWED.c.permission)).where(_ALLOWED.c.role_id == _ROLE.c.id).scalar_subquery()


def _spent(column: Any) -> Any:
    """What this one spent this month: the count that budgets are measured by."""
    mine = _COUNT.c.id == column, _COUNT.c.period == bindparam("period", type_=Integer)
    return select(_COUNT.c.spent).where(*mine).scalar_subquery()


# Put together once, of tables: that took longer than asking. One row for each role: permissions come in one text.
_LOOK_UP = Prepared(
    select(
        _STATE.c.version.label("catalog_version"),
        _STATE.c.endpoints.label("endpoints_version"),
        _VALUE.c.expires_at.label("value_expires_at"),
        _TOKEN.c.id.label("token_id"),
        _TOKEN.c.name.label("token"),
        _TOKEN.c.scopes,
        _TOKEN.c.expires_at,
        _TOKEN.c.revoked_at,
        _TOKEN.c.last_used_at,
        _USER.c.id.label("user_id"),
        _USER.c.name,
        _USER.c.email,
        _USER.c.enabled,
        _USER.c.must_change_password,
        _USER.c.team_id,
        _ROLE.c.id.label("role_id"),
        _ROLE.c.built_in,
        _GRANTED.label("granted"),
        _spent(_USER.c.id).label("spent_by_user"),
        _spent(_USER.c.team_id).label("spent_by_team"),
        _spent(_TOKEN.c.id).label("spent_by_token"),
    )
    .select_from(_STATE)
    .outerjoin(_VALUE, _VALUE.c.digest == bindparam("digest", type_=String))
    .outerjoin(_TOKEN, _TOKEN.c.id == _VALUE.c.token_id)
    .outerjoin(_USER, _USER.c.id == _TOKEN.c.user_id)
    .outerjoin(_HELD, _HELD.c.user_id == _USER.c.id)
    .outerjoin(_ROLE, _ROLE.c.id == _HELD.c.role_id)
    .where(_STATE.c.id == literal_column("1"))
)


def look_up(connection: Connection, digest: str, period: int) -> list[Any]:
    """The catalog's version and, for a known value, its token, its owner and their roles: a row for each role.

    Each says what token, owner and team spent in this month.

    One statement, so that whatever anybody changed counts from the next request on, in every process.
    """
    return _LOOK_UP.rows(connection, {"digest": digest, "period": period})  # a person has few roles


def _living(now: datetime) -> Any:
    record = AccessTokenRecord
    return and_(record.revoked_at.is_(None), or_(record.expires_at.is_(None), record.expires_at > now))


def living_of(session: Session, user_id: UUID, now: datetime, limit: int) -> Sequence[AccessTokenRecord]:
    """The tokens of a person that work, by name, so many at most."""
    record = AccessTokenRecord
    query = select(record).where(record.user_id == user_id, _living(now)).order_by(func.lower(record.name), record.id)
    return session.scalars(query.limit(limit)).all()


def ended_of(session: Session, user_id: UUID, now: datetime, limit: int) -> Sequence[AccessTokenRecord]:
    """The tokens of a person that were revoked or ran out, the newest first, so many at most."""
    record = AccessTokenRecord
    query = select(record).where(record.user_id == user_id, ~_living(now)).order_by(record.created_at.desc(), record.id)
    return session.scalars(query.limit(limit)).all()


def count_living(session: Session, user_id: UUID, now: datetime) -> int:
    """How many tokens of a person work."""
    record = AccessTokenRecord
    query = select(func.count()).select_from(record).where(record.user_id == user_id, _living(now))
    return session.scalar(query) or 0


def is_name_taken(session: Session, user_id: UUID, name: str, now: datetime) -> bool:
    """Whether a token of this person that works has this name, whatever the capitals."""
    record = AccessTokenRecord
    same = func.lower(record.name) == name.lower()
    taken = select(record.id).where(record.user_id == user_id, or_(record.name == name, same), _living(now))
    return session.scalar(taken.limit(1)) is not None


def living_named(session: Session, user_id: UUID, name: str, now: datetime) -> AccessTokenRecord | None:
    """The token of this person that works under exactly this name."""
    record = AccessTokenRecord
    return session.scalars(select(record).where(record.user_id == user_id, record.name == name, _living(now))).first()


def find(session: Session, user_id: UUID, token_id: UUID, *, lock: bool = False) -> AccessTokenRecord | None:
    """A token of this person; None for anybody else's."""
    record = AccessTokenRecord
    query = select(record).where(record.id == token_id, record.user_id == user_id)
    return session.scalar(query.with_for_update() if lock else query)


def values_of(
    session: Session, token_ids: Collection[UUID], now: datetime
) -> Mapping[UUID, list[AccessTokenValueRecord]]:
    """The values of each of these tokens that were not replaced, or still work beside the one that replaced them.

    The newest comes first.
    """
    record = AccessTokenValueRecord
    alive = or_(record.expires_at.is_(None), record.expires_at > now)
    query = select(record).where(record.token_id.in_(token_ids), alive)
    found: dict[UUID, list[AccessTokenValueRecord]] = {token_id: [] for token_id in token_ids}
    for value in session.scalars(query.order_by(record.created_at.desc(), record.digest)):
        found[value.token_id].append(value)
    return found


def revoke_all(session: Session, user_id: UUID, now: datetime) -> int:
    """End every token of a person; how many of them worked."""
    record = AccessTokenRecord
    ended = update(record).where(record.user_id == user_id, _living(now)).values(revoked_at=now)
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]


def names(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """What these tokens are called, and whose they are."""
    query = select(AccessTokenRecord.id, AccessTokenRecord.name, UserRecord.name.label("owner"))
    query = query.join(UserRecord, UserRecord.id == AccessTokenRecord.user_id).where(AccessTokenRecord.id.in_(ids))
    return {row.id: (row.name, row.owner) for row in session.execute(query)} if ids else {}
