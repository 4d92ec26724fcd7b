"""Users, roles and who holds which."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    ForeignKey,
    Row,
    Select,
    String,
    and_,
    bindparam,
    delete,
    exists,
    false,
    func,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.permissions import ADMINISTRATOR
from portal.store.base import Record


class TeamRecord(Record):
    """A team; a user belongs to at most one, a provider is owned by one or by the deployment.

    Without `entitled` its providers serve nobody. `default_id` is its own default model, without a constraint: models
    refer to providers and those to teams. `private_networks` are the CIDRs that its provider may reach.
    """

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    entitled: Mapped[bool] = mapped_column(default=False, server_default=false())
    exclusive: Mapped[bool] = mapped_column(default=False, server_default=false())
    default_id: Mapped[UUID | None]
    private_networks: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    created_at: Mapped[datetime]


class TeamManagerRecord(Record):
    """Who connects a team's provider and chooses its model; a manager is a member, too."""

    __tablename__ = "team_managers"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True)


class UserRecord(Record):
    """A person with an account. `email` is stored in lower case."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id"), index=True)
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None]


class RoleRecord(Record):
    """A role. The built-in ones are rows too, so that users refer to them, but their permissions are in code."""

    __tablename__ = "roles"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    description: Mapped[str] = mapped_column(String(300), default="")
    built_in: Mapped[str | None] = mapped_column(String(40), unique=True)
    created_at: Mapped[datetime]


class RolePermissionRecord(Record):
    __tablename__ = "role_permissions"

    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(60), primary_key=True)


class UserRoleRecord(Record):
    __tablename__ = "user_roles"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id"), primary_key=True, index=True)


@dataclass(frozen=True)
class Wanted:
    """Which people a list asks for. `after` and `before` are places in it: a sort key and an id."""

    term: str = ""
    enabled: bool | None = None
    role_id: UUID | None = None
    after: tuple[str, UUID] | None = None
    before: tuple[str, UUID] | None = None


def lock_people(session: Session) -> RoleRecord:
    """The Administrator role, locked: first in every transaction that changes people or roles.

    Whoever holds it may count administrators and compare rights without anybody changing them meanwhile.
    """
    return session.scalars(select(RoleRecord).where(RoleRecord.built_in == ADMINISTRATOR).with_for_update()).one()


def anybody(session: Session) -> bool:
    """Whether there is any account yet."""
    return bool(session.scalar(select(exists(select(UserRecord.id)))))


def user_by_id(session: Session, user_id: UUID, *, lock: bool = False) -> UserRecord | None:
    query = select(UserRecord).where(UserRecord.id == user_id)
    return session.scalar(query.with_for_update() if lock else query)


def user_by_email(session: Session, email: str) -> UserRecord | None:
    return session.scalar(select(UserRecord).where(UserRecord.email == email))


_HELD, _ROLE, _ALLOWED = UserRoleRecord.__table__, RoleRecord.__table__, RolePermissionRecord.__table__
_ROLES_HELD = (
    select(
        _HELD.c.user_id,
        _ROLE.c.id.label("role_id"),
        _ROLE.c.name.label("role"),
        _ROLE.c.built_in,
        _ALLOWED.c.permission,
    )
    .join(_ROLE, _ROLE.c.id == _HELD.c.role_id)
    .outerjoin(_ALLOWED, _ALLOWED.c.role_id == _ROLE.c.id)
    .where(_HELD.c.user_id.in_(bindparam("people", expanding=True)))
    .order_by(_ROLE.c.name)
)


def roles_held(session: Session, user_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """For each of these people one row per role and permission: user_id, role_id, role, built_in, permission."""
    # house: bounded-all because the people are those of one page, with a few roles each
    return session.execute(_ROLES_HELD, {"people": list(user_ids)}).all()


def rights_of_enabled(session: Session, user_id: UUID) -> Sequence[Row[Any]]:
    """The rows of `roles_held` for one person, none when they are disabled."""
    if not session.scalar(select(UserRecord.enabled).where(UserRecord.id == user_id)):
        return []
    return roles_held(session, [user_id])


def all_roles(session: Session, ids: Collection[UUID] | None = None) -> Sequence[Row[Any]]:
    """Every role (or these), one row per permission: id, name, description, built_in, permission."""
    query = (
        select(
            RoleRecord.id,
            RoleRecord.name,
            RoleRecord.description,
            RoleRecord.built_in,
            RolePermissionRecord.permission,
        )
        .outerjoin(RolePermissionRecord, RolePermissionRecord.role_id == RoleRecord.id)
        .order_by(RoleRecord.built_in.is_(None), func.lower(RoleRecord.name), RoleRecord.id)
    )
    if ids is not None:
        query = query.where(RoleRecord.id.in_(ids))
    # house: bounded-all because roles are few, and the page shows them all
    return session.execute(query).all()  # type: ignore[return-value]


_ROLE_NAMES = select(_ROLE.c.id, _ROLE.c.name).order_by(_ROLE.c.built_in.is_(None), _ROLE.c.name)


def role_names(session: Session) -> dict[UUID, str]:
    """Every role's name, by name: the built-in ones first."""
    # house: bounded-all because roles are made by hand
    return {row.id: row.name for row in session.execute(_ROLE_NAMES)}


def role_by_id(session: Session, role_id: UUID) -> RoleRecord | None:
    return session.scalar(select(RoleRecord).where(RoleRecord.id == role_id))


def holders(session: Session, role_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """Who holds a role, so many at most, by name: id, name."""
    query = (
        select(UserRecord.id, UserRecord.name)
        .join(UserRoleRecord, UserRoleRecord.user_id == UserRecord.id)
        .where(UserRoleRecord.role_id == role_id)
        .order_by(func.lower(UserRecord.name), UserRecord.id)
    )
    return session.execute(query.limit(limit)).all()  # type: ignore[return-value]


def roles_beside(session: Session, role_id: UUID) -> Sequence[UUID]:
    """Every role that any holder of this one has, itself included; none when nobody holds it."""
    theirs = select(UserRoleRecord.user_id).where(UserRoleRecord.role_id == role_id)
    # house: bounded-all because roles are few, and each comes once
    return session.scalars(select(UserRoleRecord.role_id).where(UserRoleRecord.user_id.in_(theirs)).distinct()).all()


def holder_counts(session: Session) -> dict[UUID, int]:
    """How many people hold each role that anybody holds."""
    query = select(UserRoleRecord.role_id, func.count()).group_by(UserRoleRecord.role_id)
    return dict(session.execute(query).all())  # house: bounded-all because there is one row for each role


def other_active_administrators(session: Session, role_id: UUID, but: UUID) -> int:
    """How many enabled people hold the Administrator role, one of them left out."""
    return (
        session.scalar(
            select(func.count())
            .select_from(UserRecord)
            .join(UserRoleRecord, UserRoleRecord.user_id == UserRecord.id)
            .where(UserRoleRecord.role_id == role_id, UserRecord.enabled, UserRecord.id != but)
        )
        or 0
    )


def set_roles(session: Session, user_id: UUID, role_ids: Iterable[UUID]) -> None:
    """Make these the roles of a person."""
    session.flush()
    session.execute(delete(UserRoleRecord).where(UserRoleRecord.user_id == user_id))
    session.add_all(UserRoleRecord(user_id=user_id, role_id=role_id) for role_id in role_ids)
    session.flush()


def set_permissions(session: Session, role_id: UUID, permissions: Iterable[str]) -> None:
    """Make these the permissions of a role."""
    session.flush()
    session.execute(delete(RolePermissionRecord).where(RolePermissionRecord.role_id == role_id))
    session.add_all(RolePermissionRecord(role_id=role_id, permission=name) for name in permissions)
    session.flush()


def list_people(session: Session, wanted: Wanted, limit: int) -> list[Row[Any]]:
    """People by name from a place on, in order: the columns of a person and `sort_key`, which places are made of."""
    key = func.lower(UserRecord.name)
    query: Select[Any] = select(
        UserRecord.id,
        UserRecord.name,
        UserRecord.email,
        UserRecord.enabled,
        UserRecord.must_change_password,
        UserRecord.created_at,
        UserRecord.last_signed_in_at,
        key.label("sort_key"),
    )
    if wanted.term:
        # SQLite folds the case of plain letters only: the spelling as typed is looked for, too.
        columns = (UserRecord.name, UserRecord.email)
        query = query.where(
            or_(
                *(column.icontains(wanted.term, autoescape=True) for column in columns),
                *(column.contains(wanted.term, autoescape=True) for column in columns),
            )
        )
    if wanted.enabled is not None:
        query = query.where(UserRecord.enabled.is_(wanted.enabled))
    if wanted.role_id is not None:
        holds = exists().where(UserRoleRecord.user_id == UserRecord.id, UserRoleRecord.role_id == wanted.role_id)
        query = query.where(holds)
    if wanted.before is not None:
        name, user_id = wanted.before
        query = query.where(or_(key < name, and_(key == name, UserRecord.id < user_id)))
        query = query.order_by(key.desc(), UserRecord.id.desc())
        return list(reversed(session.execute(query.limit(limit)).all()))
    if wanted.after is not None:
        name, user_id = wanted.after
        query = query.where(or_(key > name, and_(key == name, UserRecord.id > user_id)))
    return list(session.execute(query.order_by(key, UserRecord.id).limit(limit)).all())


def count_who_may(session: Session, permission: str, built_in: Collection[str]) -> int:
    """How many enabled people hold this permission, through a custom role or one of these built-in ones.

    Who holds such a role is counted, and the disabled taken off: they are few, and everybody else is not looked up.
    """
    held, user = UserRoleRecord.__table__.c, UserRecord.__table__.c
    holding = exists().where(
        RolePermissionRecord.role_id == RoleRecord.id, RolePermissionRecord.permission == permission
    )
    roles = select(RoleRecord.id).where(
        or_(RoleRecord.built_in.in_(built_in), and_(RoleRecord.built_in.is_(None), holding))
    )
    disabled = select(user.id).where(~user.enabled)
    who = select(func.count(held.user_id.distinct())).where(held.role_id.in_(roles), held.user_id.not_in(disabled))
    return session.scalar(who) or 0
