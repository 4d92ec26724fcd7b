"""A portal that has something of everything, for the document to be tried on."""

from flask import Flask

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
        "audit.view usage.view"
    ),
    "uma": "chat.use personal_key.use personal_override.use access_token.use",
}


def furnish(app: Flask, runtime: Runtime) -> dict[str, str | None]:
    """Connect the demo, and give a token to each role that may have one; the value of nobody's is None."""
    registry.register(Actors.ada, runtime, Draft("demo", name="demo"))
    assert db.engine is not None
    return {
        "administrator": token(Actors.ada, runtime, *SCOPES["ada"].split()),
        "developer": token(Actors.uma, runtime, *SCOPES["uma"].split()),
        "nobody": None,
    }
