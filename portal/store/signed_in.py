"""The one read that every request makes: a session's row, whose it is, and all that they may do."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.store.people import RolePermissionRecord, RoleRecord, UserRecord, UserRoleRecord
from portal.store.prepared import Prepared
from portal.store.sessions import SessionRecord

_SESSION, _USER = SessionRecord.__table__, UserRecord.__table__
_HELD, _ROLE, _ALLOWED = UserRoleRecord.__table__, RoleRecord.__table__, RolePermissionRecord.__table__
_LOOK_UP = Prepared(
    select(
        _SESSION.c.id.label("session_id"),
        _SESSION.c.last_seen_at,
        _SESSION.c.expires_at,
        _SESSION.c.proven_at,
        _USER.c.id.label("user_id"),
        _USER.c.email,
        _USER.c.name,
        _USER.c.must_change_password,
        _USER.c.team_id,
        _ROLE.c.id.label("role_id"),
        _ROLE.c.name.label("role"),
        _ROLE.c.built_in,
        _ALLOWED.c.permission,
    )
    .join(_USER, _USER.c.id == _SESSION.c.user_id)
    .outerjoin(_HELD, _HELD.c.user_id == _USER.c.id)
    .outerjoin(_ROLE, _ROLE.c.id == _HELD.c.role_id)
    .outerjoin(_ALLOWED, _ALLOWED.c.role_id == _ROLE.c.id)
    .where(_SESSION.c.token_hash == bindparam("token_hash"), _USER.c.enabled)
    .order_by(_ROLE.c.name)
)


def look_up(session: Session, token_hash: str) -> Sequence[Any]:
    """One row for each permission of whoever holds this token; none for a stranger or a disabled user."""
    # A person has few roles, and a role a permission of each kind at most
    return _LOOK_UP.rows(session.connection(), {"token_hash": token_hash})
