"""What was answered lately, counted: the overview's view over everybody's chats, without a word of them."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.store.attempts import AttemptRecord
from portal.store.chats import ChatRecord


def layers_since(session: Session, moment: datetime) -> dict[str, int]:
    """How many attempts each layer of selection has chosen the model of."""
    rows = session.execute(
        select(AttemptRecord.layer, func.count())
        .where(AttemptRecord.created_at >= moment, AttemptRecord.layer != "")
        .group_by(AttemptRecord.layer)
    )
    return dict(rows.all())  # house: bounded-all because there is one row for each layer of selection


def states_since(session: Session, moment: datetime) -> dict[str, int]:
    """How many attempts ended in each state."""
    rows = session.execute(
        select(AttemptRecord.state, func.count())
        .where(AttemptRecord.created_at >= moment)
        .group_by(AttemptRecord.state)
    )
    return dict(rows.all())  # house: bounded-all because there is one row for each state of an attempt


def askers_since(session: Session, moment: datetime) -> int:
    """How many people asked something."""
    query = (
        select(func.count(func.distinct(ChatRecord.user_id)))
        .join(AttemptRecord, AttemptRecord.chat_id == ChatRecord.id)
        .where(AttemptRecord.created_at >= moment)
    )
    return session.scalar(query) or 0
