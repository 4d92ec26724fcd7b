"""What relies on a model: counted before somebody takes it away."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.store.chats import ChatRecord


def chats_set_to(session: Session, language_model_id: UUID) -> int:
    """How many chats are set to this model."""
    query = select(func.count()).select_from(ChatRecord).where(ChatRecord.language_model_id == language_model_id)
    return session.scalar(query) or 0
