"""Factories for tests of the explanation: overrides, patterns, personal keys and teams, straight into the database."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from portal.domain.language_models import Draft
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.language_models import publishing
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.store import people as stored_people
from portal.store import role_patterns
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.overrides import OverrideRecord, PersonalOverrideRecord
from portal.store.people import TeamRecord, UserRecord
from portal.store.providers import ProviderRecord
from portal.store.settings import SettingRecord
from tests.conftest import Actors


def publish(runtime: Runtime, provider: str, name: str, **more: object) -> UUID:
    return publishing.publish(Actors.ada, runtime, provider, Draft(name, **more)).id


def pin(runtime: Runtime, context: str, model_id: UUID, user_id: UUID | None = None) -> None:
    """An override: of this person, or for everybody."""
    with transaction() as session:
        lock_catalog(session)
        if user_id is None:
            session.add(OverrideRecord(context=context, language_model_id=model_id, changed_at=runtime.now()))
        else:
            session.add(
                PersonalOverrideRecord(
                    user_id=user_id, context=context, language_model_id=model_id, changed_at=runtime.now()
                )
            )


def turn_gate(gate: str, on: bool) -> None:
    with transaction() as session:
        lock_catalog(session)
        session.merge(SettingRecord(name=f"gate.{gate}", value=on, changed_at=datetime.now(UTC)))


def role(runtime: Runtime, name: str, *patterns: str, holder: UUID | None = None) -> UUID:
    """A role that may chat, with these patterns; `holder` gets it in the place of what they have."""
    role_id = roles.create(Actors.ada, runtime, name, "", [Permission.CHAT])
    with transaction() as session:
        lock_catalog(session)
        role_patterns.put(session, role_id, patterns)
        if holder is not None:
            stored_people.set_roles(session, holder, [role_id])
    return role_id


def team(runtime: Runtime, name: str, *members: UUID, provider_id: UUID | None = None, **more: object) -> UUID:
    """A team with these members, which owns this provider."""
    team_id = uuid4()
    with transaction() as session:
        lock_catalog(session)
        session.add(TeamRecord(id=team_id, name=name, created_at=runtime.now(), **more))
        session.flush()
        for user_id in members:
            session.get_one(UserRecord, user_id).team_id = team_id
        if provider_id is not None:
            session.get_one(ProviderRecord, provider_id).team_id = team_id
    return team_id


def crowd(runtime: Runtime, number: int, role_id: UUID) -> list[UUID]:
    """So many further people who hold this role."""
    ids = [uuid4() for _ in range(number)]
    with transaction() as session:
        for place, id in enumerate(ids):
            session.add(
                UserRecord(
                    id=id, email=f"p{place}-{id}@example.org", name=f"P{place}", password_hash="-",
                    created_at=runtime.now(),
                )
            )  # fmt: skip
        session.flush()
        for id in ids:
            stored_people.set_roles(session, id, [role_id])
    return ids


def as_signed_in(actor: Actor) -> Actor:
    """The actor as a request brings them: with the roles and the team of the database."""
    with reading() as session:
        held = {row.role_id for row in stored_people.roles_held(session, [actor.id])}
        user = stored_people.user_by_id(session, actor.id)
        return replace(actor, role_ids=frozenset(held), team_id=user.team_id)
