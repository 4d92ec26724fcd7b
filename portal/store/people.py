"""Users, roles and who holds which."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, false, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.store.base import Record


class TeamRecord(Record):
    """A team; a user belongs to at most one, a provider is owned by one or by the deployment."""

    __tablename__ = "teams"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime]


class UserRecord(Record):
    """A person with an account. `email` is stored in lower case."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(255))
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("teams.id"))
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
