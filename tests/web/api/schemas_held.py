"""A portal that has something of everything, for the document to be tried on."""

from dataclasses import replace

from flask import Flask

from portal.domain.permissions import Permission
from portal.services.people import roles, users
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.store.base import db
from tests.conftest import Actors
from tests.web.gateway.callers import token

SCOPES = {
    "ada": (
        "llm_provider.view llm_provider.create llm_provider.edit llm_provider.delete llm_provider.test chat.use "
        "personal_key.use personal_override.use access_token.use user.manage role.manage team.manage settings.edit "
        "audit.view usage.view application.view application.manage"
    ),
    "uma": "chat.use personal_key.use personal_override.use access_token.use",
}


def furnish(app: Flask, runtime: Runtime) -> dict[str, str | None]:
    """Connect the demo, and give a token to each role that may have one; the value of nobody's is None."""
    registry.register(Actors.ada, runtime, Draft("demo", name="demo"))
    assert db.engine is not None
    tokens = roles.create(Actors.ada, runtime, "Tokens", "", [Permission.ACCESS_TOKEN])
    values = {}
    for name in ("otto", "eve"):  # whose own roles do not let them have tokens
        person = users.find(Actors.ada, runtime, Actors.cast[name].id)
        held = [*(role.id for role in person.roles), tokens]
        users.change(Actors.ada, runtime, person.id, person.name, person.email, held)
        actor = Actors.cast[name].actor
        permissions = actor.permissions | {Permission.ACCESS_TOKEN}
        values[name] = token(replace(actor, permissions=permissions), runtime, *(sorted(permissions)))
    return {
        "operator": values["otto"],
        "tokens alone": values["eve"],
        "administrator": token(Actors.ada, runtime, *SCOPES["ada"].split()),
        "developer": token(Actors.uma, runtime, *SCOPES["uma"].split()),
        "nobody": None,
    }
