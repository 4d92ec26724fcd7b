"""What relies on a model, and everybody who may be touched by a change: read before somebody takes it away."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from portal.store.chats import ChatRecord
from portal.store.language_models import LanguageModelRecord
from portal.store.people import UserRecord, UserRoleRecord


def chats_set_to(session: Session, language_model_id: UUID) -> int:
    """How many chats are set to this model."""
    query = select(func.count()).select_from(ChatRecord).where(ChatRecord.language_model_id == language_model_id)
    return session.scalar(query) or 0


def chats_set_to_models_of(session: Session, provider_id: UUID) -> int:
    """How many chats are set to one of a provider's models."""
    models = select(LanguageModelRecord.id).where(
        LanguageModelRecord.provider_id == provider_id, LanguageModelRecord.deleted_at.is_(None)
    )
    query = select(func.count()).select_from(ChatRecord).where(ChatRecord.language_model_id.in_(models))
    return session.scalar(query) or 0


def people(session: Session) -> Sequence[Row[Any]]:
    """Everybody who is enabled: id, team_id."""
    # house: bounded-all because the impact of an act is asked for everybody, in two small columns
    return session.execute(select(UserRecord.id, UserRecord.team_id).where(UserRecord.enabled)).all()


def roles_of_people(session: Session) -> Sequence[Row[Any]]:
    """The roles of everybody who is enabled: user_id, role_id."""
    held = UserRoleRecord
    query = select(held.user_id, held.role_id).join(UserRecord, UserRecord.id == held.user_id)
    # house: bounded-all because the impact of an act is asked for everybody, in two small columns
    return session.execute(query.where(UserRecord.enabled)).all()
