"""Teams: who belongs to one, who manages it, and what it brings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, select, update
from sqlalchemy.orm import Session

from portal.store.language_models import LanguageModelRecord
from portal.store.people import TeamManagerRecord, TeamRecord, UserRecord
from portal.store.providers import ProviderRecord


def every(session: Session) -> Sequence[TeamRecord]:
    """All teams by name."""
    # house: bounded-all because teams are made one by one, and the page shows them all
    return session.scalars(select(TeamRecord).order_by(func.lower(TeamRecord.name), TeamRecord.id)).all()


def by_id(session: Session, team_id: UUID, *, lock: bool = False) -> TeamRecord | None:
    query = select(TeamRecord).where(TeamRecord.id == team_id)
    return session.scalar(query.with_for_update() if lock else query)


def name_of(session: Session, team_id: UUID | None) -> str:
    """A team's name; blank for none."""
    if team_id is None:
        return ""
    return session.scalar(select(TeamRecord.name).where(TeamRecord.id == team_id)) or ""


def member_counts(session: Session) -> dict[UUID, int]:
    """How many people each team has that has any."""
    query = select(UserRecord.team_id, func.count()).where(UserRecord.team_id.is_not(None)).group_by(UserRecord.team_id)
    return dict(session.execute(query).all())  # house: bounded-all because there is one row for each team


def provider_counts(session: Session) -> dict[UUID, int]:
    """How many living providers each team has that has any."""
    record = ProviderRecord
    query = select(record.team_id, func.count()).where(record.team_id.is_not(None), record.deleted_at.is_(None))
    # house: bounded-all because there is one row for each team
    return dict(session.execute(query.group_by(record.team_id)).all())


def members(session: Session, team_id: UUID, limit: int, start: int = 0) -> Sequence[Row[Any]]:
    """Who belongs to a team, so many at most, managers first: id, name, email, enabled, manages."""
    manages = exists().where(TeamManagerRecord.team_id == team_id, TeamManagerRecord.user_id == UserRecord.id)
    query = (
        select(UserRecord.id, UserRecord.name, UserRecord.email, UserRecord.enabled, manages.label("manages"))
        .where(UserRecord.team_id == team_id)
        .order_by(manages.desc(), func.lower(UserRecord.name), UserRecord.id)
    )
    return session.execute(query.limit(limit).offset(start)).all()  # type: ignore[return-value]


def managers(session: Session) -> Sequence[Row[Any]]:
    """Who manages which team: team_id, name."""
    query = (
        select(TeamManagerRecord.team_id, UserRecord.name)
        .join(UserRecord, UserRecord.id == TeamManagerRecord.user_id)
        .order_by(func.lower(UserRecord.name))
    )
    # house: bounded-all because managers are appointed one by one, and the page names them all
    return session.execute(query).all()  # type: ignore[return-value]


def manages(session: Session, team_id: UUID, user_id: UUID) -> bool:
    """Whether this person manages this team and belongs to it still."""
    record = TeamManagerRecord
    belongs = exists().where(UserRecord.id == user_id, UserRecord.team_id == team_id, UserRecord.enabled)
    query = select(exists().where(record.team_id == team_id, record.user_id == user_id) & belongs)
    return bool(session.scalar(query))


def appoint(session: Session, team_id: UUID, user_id: UUID) -> None:
    session.add(TeamManagerRecord(team_id=team_id, user_id=user_id))
    session.flush()


def dismiss(session: Session, team_id: UUID, user_id: UUID) -> None:
    record = TeamManagerRecord
    session.execute(delete(record).where(record.team_id == team_id, record.user_id == user_id))


def providers(session: Session, team_id: UUID) -> Sequence[ProviderRecord]:
    """The living providers of a team, by label."""
    record = ProviderRecord
    query = select(record).where(record.team_id == team_id, record.deleted_at.is_(None))
    # house: bounded-all because providers are typed in one by one
    return session.scalars(query.order_by(func.lower(record.label), record.name)).all()


def let_tombstones_go(session: Session, team_id: UUID) -> None:
    """Deleted providers of a team are the deployment's from now on, so that the team can go."""
    record = ProviderRecord
    session.execute(
        update(record).where(record.team_id == team_id, record.deleted_at.is_not(None)).values(team_id=None)
    )


def model_of(session: Session, team_id: UUID, language_model_id: UUID) -> LanguageModelRecord | None:
    """The living model of that id, if a provider of this team serves it."""
    record = LanguageModelRecord
    query = (
        select(record)
        .join(ProviderRecord, ProviderRecord.id == record.provider_id)
        .where(
            record.id == language_model_id,
            record.deleted_at.is_(None),
            ProviderRecord.team_id == team_id,
            ProviderRecord.deleted_at.is_(None),
        )
    )
    return session.scalar(query)
