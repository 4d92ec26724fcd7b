"""The one read that every request makes: a session's row, whose it is, and all that they may do."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from portal.store.people import RolePermissionRecord, RoleRecord, UserRecord, UserRoleRecord
from portal.store.sessions import SessionRecord

# Put together once: that took longer than asking.
_LOOK_UP = (
    select(
        SessionRecord.id.label("session_id"),
        SessionRecord.last_seen_at,
        SessionRecord.expires_at,
        SessionRecord.proven_at,
        UserRecord.id.label("user_id"),
        UserRecord.email,
        UserRecord.name,
        UserRecord.must_change_password,
        UserRecord.team_id,
        RoleRecord.id.label("role_id"),
        RoleRecord.name.label("role"),
        RoleRecord.built_in,
        RolePermissionRecord.permission,
    )
    .join(UserRecord, UserRecord.id == SessionRecord.user_id)
    .outerjoin(UserRoleRecord, UserRoleRecord.user_id == UserRecord.id)
    .outerjoin(RoleRecord, RoleRecord.id == UserRoleRecord.role_id)
    .outerjoin(RolePermissionRecord, RolePermissionRecord.role_id == RoleRecord.id)
    .where(SessionRecord.token_hash == bindparam("token_hash"), UserRecord.enabled)
    .order_by(RoleRecord.name)
)


def look_up(session: Session, token_hash: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """One row for each permission of whoever holds this token; none for a stranger or a disabled user."""
    # house: bounded-all because a person has few roles, and a role a permission of each kind at most
    return session.execute(_LOOK_UP, {"token_hash": token_hash}).all()
