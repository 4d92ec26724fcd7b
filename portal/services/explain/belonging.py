"""What changes for people who come to belong elsewhere: to a team, to roles, or without a key of their own."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from uuid import UUID

from portal.domain import changes
from portal.domain.catalog_entries import Person
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.explain.impact import ImpactView, catalog_for, provider_named, told
from portal.services.keys import credentials
from portal.services.people import team_rights
from portal.services.providers import owners
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.teams import my_team
from portal.store import catalog as stored
from portal.store import impact as stored_impact
from portal.store import people as stored_people
from portal.store.base import reading


def of_member(actor: Actor, runtime: Runtime, team_id: UUID, user_id: UUID) -> ImpactView:
    """What taking somebody out of a team changes for them. Raises `NotFound` for one who is not in it."""
    actor.require(Permission.TEAM_MANAGE)
    now = catalog_for(actor, runtime)
    with reading() as session:
        user = stored_people.user_by_id(session, user_id)
        if user is None or user.team_id != team_id:
            raise NotFound("Nobody of that kind is in this team.")
        name = user.name
    return told(now, now, subject=name, among=_only(user_id), becomes=lambda person: replace(person, team_id=None))


def of_newcomer(actor: Actor, runtime: Runtime, team_id: UUID, email: str) -> ImpactView | None:
    """What joining a team changes for whoever has this e-mail; None while nobody does who could join. `NotFound`."""
    actor.require(Permission.TEAM_MANAGE)
    now = catalog_for(actor, runtime)
    if team_id not in now.teams:
        raise NotFound("This team is gone.")
    with reading() as session:
        user = stored_people.user_by_email(session, email.replace("\0", "").strip().lower())
        if user is None or user.team_id is not None:
            return None
        user_id = user.id
    return told(now, now, among=_only(user_id), becomes=lambda person: replace(person, team_id=team_id))


def of_roles(actor: Actor, runtime: Runtime, user_id: UUID, role_ids: Iterable[UUID]) -> ImpactView:
    """What other roles change for one person, as long as they may chat."""
    actor.require(Permission.USER_MANAGE)
    now, held = choosing.current_catalog(runtime), frozenset(role_ids)
    return told(now, now, among=_only(user_id), becomes=lambda person: replace(person, role_ids=held))


def of_personal_key(actor: Actor, runtime: Runtime, name: str, user_id: UUID) -> ImpactView:
    """What removing somebody's own key changes for them. Raises `NotFound` for a provider that is gone."""
    now = catalog_for(actor, runtime)
    after = changes.with_personal_key(now, user_id, provider_named(now, name), held=False)
    return told(now, after, among=_only(user_id))


def of_owner(actor: Actor, runtime: Runtime, name: str, team_id: UUID | None) -> ImpactView | None:
    """What giving a provider to a team, or to the deployment, changes; None where it is theirs. Raises `NotFound`."""
    now = catalog_for(actor, runtime)
    provider_id = provider_named(now, name)
    if now.providers[provider_id].team_id == team_id:
        return None
    facts = next(entry for entry in stored.newest().providers if entry.id == provider_id)
    left = credentials.source(runtime, facts.type, facts.destination, facts.keys, facts.headers, team_id)
    return told(now, changes.with_credential(changes.with_owner(now, provider_id, team_id), provider_id, left))


def of_my_team(actor: Actor, runtime: Runtime, language_model_id: UUID | None) -> ImpactView:
    """What another default changes for the members of the team that the actor manages, who need no other permission.

    Raises `NotFound` for everybody else, and for a model that is not the team's; `Conflict` for one that does not chat.
    """
    with reading() as session:
        team_id = my_team.managed(session, actor).id
        model = my_team.candidate(session, team_id, language_model_id)
        name = model.display_name if model else ""
    now = choosing.current_catalog(runtime)
    after = changes.with_team(now, replace(now.teams[team_id], default_id=language_model_id))
    return told(now, after, subject=name, among=lambda person: person.team_id == team_id)


def of_team_provider(actor: Actor, runtime: Runtime, name: str) -> ImpactView:
    """What deleting a provider of the team changes for its members, for those who manage it. Raises `NotFound`."""
    provider_id = owners.find_own(team_rights.as_manager(actor), name)
    now = choosing.current_catalog(runtime)
    with reading() as session:
        chats = stored_impact.chats_set_to_models_of(session, provider_id)
    entry = now.providers[provider_id]
    after = changes.without_provider(now, provider_id)
    return told(now, after, subject=entry.label, chats=chats, among=lambda person: person.team_id == entry.team_id)


def _only(user_id: UUID) -> Callable[[Person], bool]:
    return lambda person: person.id == user_id
