"""For whom it is explained: people as the database has them now, found by name or e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.domain.catalog_entries import Person
from portal.domain.errors import Denied, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.shelves import OPEN, PINNED
from portal.services.explain.words import Voice
from portal.services.people import rights
from portal.services.people.rights import HeldRole
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import chats as stored_chats
from portal.store import people as stored_people
from portal.store import shelves
from portal.store.base import reading
from portal.store.people import Wanted
from portal.store.shelves import Talk

MOST_FOUND = 20
CHATS_OFFERED = 40


@dataclass(frozen=True)
class Found:
    """A person whom a search found."""

    id: UUID
    name: str
    email: str
    enabled: bool


@dataclass(frozen=True)
class Subject:
    """For whom it is explained."""

    id: UUID
    name: str
    email: str
    enabled: bool
    me: bool
    roles: tuple[HeldRole, ...]
    team_id: UUID | None = None
    team: str = ""

    @property
    def may_chat(self) -> bool:
        return self.may(Permission.CHAT)

    def may(self, permission: Permission) -> bool:
        return any(permission in role.rights.permissions for role in self.roles)

    @property
    def person(self) -> Person:
        return Person(self.id, frozenset(role.id for role in self.roles), self.team_id)

    @property
    def voice(self) -> Voice:
        return Voice(self.me, self.name)


def read_subject(actor: Actor, runtime: Runtime, person_id: UUID | None) -> Subject:
    """For whom, as the database has them now. None is oneself. Raises `NotFound` and `Denied`."""
    wanted = person_id or actor.id
    if wanted is None:
        raise NotFound("Nobody is named.")
    if wanted != actor.id:
        require_view(actor)
    with reading() as session:
        user = stored_people.user_by_id(session, wanted)
        if user is None:
            raise NotFound("This person is gone.")
        roles = rights.roles_of(session, [user.id])[user.id]
    team = choosing.current_catalog(runtime).teams.get(user.team_id) if user.team_id else None
    return Subject(
        user.id,
        user.name,
        user.email,
        user.enabled,
        wanted == actor.id,
        roles,
        user.team_id,
        team.name if team else "",
    )


def person_by_email(actor: Actor, email: str) -> UUID:
    """Whose e-mail this is. Raises `NotFound` and `Denied`."""
    require_view(actor)
    with reading() as session:
        user = stored_people.user_by_email(session, email.strip().lower())
    if user is None:
        raise NotFound(f"Nobody has an account with the e-mail {email.strip()}.")
    return user.id


def find_people(actor: Actor, term: str) -> tuple[Found, ...]:
    """Whoever is called so, or has such an e-mail: the first twenty by name."""
    require_view(actor)
    with reading() as session:
        rows = stored_people.list_people(session, Wanted(term=term.strip()), MOST_FOUND)
    return tuple(Found(row.id, row.name, row.email, row.enabled) for row in rows)


def own_chats(actor: Actor, chat_id: UUID | None = None) -> Sequence[Talk]:
    """One's own chats, the last used first, with the one of this id however old it is. Raises `NotFound` for it."""
    if actor.id is None:
        return ()
    with reading() as session:
        talks = [
            talk
            for shelf in (PINNED, OPEN)
            for talk in shelves.talks_of(session, actor.id, shelf=shelf, limit=CHATS_OFFERED)
        ]
        if chat_id is None or any(talk.id == chat_id for talk in talks):
            return talks
        chat = stored_chats.chat_of(session, actor.id, chat_id)
        if chat is None:
            raise NotFound
        return [Talk(chat.id, chat.title, chat.changed_at), *talks]


def chat_model(subject: Subject, chat_id: UUID) -> UUID | None:
    """The model of one's own chat. Whatever one may see, somebody else's chat is not there: raises `NotFound`."""
    with reading() as session:
        chat = stored_chats.chat_of(session, subject.id, chat_id) if subject.me else None
        if chat is None:
            raise NotFound
        return chat.language_model_id


def require_view(actor: Actor) -> None:
    """Raise `Denied` unless the actor may ask for others."""
    if not may_view(actor):
        raise Denied("You may not ask this for others. You may for yourself.")


def may_view(actor: Actor) -> bool:
    """Whether the actor may ask for others, and hear of every model."""
    return actor.may(Permission.PROVIDER_VIEW)
