"""What tests about providers begin with: a form as somebody would fill it in."""

from typing import Any

from portal.domain.people import Actor
from portal.services import providers
from portal.services.provider_drafts import Draft
from portal.services.tools import Tools
from tests.upstream import Upstream

KEY = "sk-provider-4f9a01c2d3"


def draft(upstream: Upstream | str, **changes: Any) -> Draft:
    """An OpenAI-compatible provider at the scripted upstream, with a key."""
    address = upstream if isinstance(upstream, str) else f"{upstream.url}/v1"
    told = {"type": "openai_compatible", "name": "acme", "base_url": address, "key": KEY, "test_model": "gpt-5.2"}
    return Draft(**(told | changes))


def connect(actor: Actor, tools: Tools, upstream: Upstream | str, **changes: Any) -> str:
    """The same, saved; its name."""
    return providers.register(actor, tools, draft(upstream, **changes)).name
