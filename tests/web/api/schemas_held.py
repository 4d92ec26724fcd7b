"""A portal that has something of everything, for the document to be tried on."""

from dataclasses import dataclass, replace
from uuid import uuid4

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.services.chat import answering, chats, sending
from portal.services.chat.messages import Message
from portal.services.health import checks
from portal.services.keys import pools
from portal.services.keys.pools import Pasted
from portal.services.overrides import contexts
from portal.services.people import roles, users
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.teams import members, teams
from tests.attaching import attach, image
from tests.chatting import connect
from tests.conftest import Actors
from tests.upstream import Upstream
from tests.web.asking import HELLO
from tests.web.gateway.callers import token

SCOPES = {
    "ada": (
        "llm_provider.view llm_provider.create llm_provider.edit llm_provider.delete llm_provider.test chat.use "
        "personal_key.use personal_override.use access_token.use user.manage role.manage team.manage settings.edit "
        "audit.view usage.view application.view application.manage"
    ),
    "uma": "chat.use personal_key.use personal_override.use access_token.use",
}

WHO = {"administrator": "ada", "operator": "otto", "developer": "uma", "tokens alone": "eve", "nobody": None}
"""The roles, and who of the cast has each."""


@dataclass(frozen=True)
class Held:
    """The token of a role, and what the parameters of a path may be so that something is there; nobody has neither."""

    token: str | None
    known: dict[str, str]


def furnish(runtime: Runtime, upstream: Upstream, role: str) -> Held:
    """Something of everything, some of which belongs to whoever has this role."""
    upstream.stream_sse(HELLO)
    connect(runtime, Actors.ada, upstream.base_url)
    name = WHO[role]
    if name is None:
        return Held(None, {})
    if name in SCOPES:
        actor, scopes = Actors.cast[name].actor, SCOPES[name].split()
    else:  # whose own roles do not let them have tokens
        person = users.find(Actors.ada, runtime, Actors.cast[name].id)
        made = roles.create(Actors.ada, runtime, "Tokens", "", [Permission.ACCESS_TOKEN])
        users.change(
            Actors.ada, runtime, person.id, person.name, person.email, [*(held.id for held in person.roles), made]
        )
        found = Actors.cast[name].actor
        actor = replace(found, permissions=found.permissions | {Permission.ACCESS_TOKEN})
        scopes = sorted(actor.permissions)
    return Held(token(actor, runtime, *scopes), _of_the_deployment(runtime) | _of(actor, runtime))


def _of_the_deployment(runtime: Runtime) -> dict[str, str]:
    """Ids that mean the same to everybody. A name may be of a provider or of a context: it is of a provider."""
    team = teams.create(Actors.ada, runtime, "Red")
    role = roles.create(Actors.ada, runtime, "Readers", "", [Permission.CHAT])
    somebody = users.create(Actors.ada, runtime, "Finn", "finn@example.org", [role]).id
    members.add_member(Actors.ada, runtime, team, "finn@example.org")
    contexts.add(Actors.ada, runtime, contexts.Draft("review", "Review"))
    key = pools.add_key(Actors.ada, runtime, "acme", Pasted("key", {"key": "sk-of-tests-2b3c4d5e6f7a"}))
    catalog = choosing.current_catalog(runtime)
    return {
        "name": "acme",
        "provider": "acme",
        "context": "review",
        "key": "personal_keys",
        "kind": "user",
        "subject_id": str(somebody),
        "user_id": str(somebody),
        "team_id": str(team),
        "role_id": str(role),
        "key_id": str(key.key.id),
        "model_id": str(catalog.default_id),
        "check_id": str(checks.check_saved(Actors.ada, runtime, "acme").id),
    }


def _of(actor: Actor, runtime: Runtime) -> dict[str, str]:
    """What somebody has who may chat."""
    if not actor.may(Permission.CHAT):
        return {}
    sent = sending.send(actor, runtime, Message(uuid4(), "Where is the garden?", "first", new=True))
    answering.answer_whole(actor, runtime, sent)
    chats.rename(actor, runtime, sent.chat_id, "Gardens")
    return {
        "chat_id": str(sent.chat_id),
        "turn_id": str(sent.turn_id),
        "attempt_id": str(sent.attempt_id),
        "attachment_id": str(attach(actor, runtime, image(), "garden.png").id),
        "token_id": str(own_tokens.create(actor, runtime, "spare", ["chat.use"]).id),
    }
