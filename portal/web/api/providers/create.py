"""`POST /providers`"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.language_models import model_data
from portal.services.providers import reading, registry
from portal.services.providers.drafts import Draft
from portal.web.api.operations import Call, endpoint
from portal.web.api.providers.shapes import Name, Provider, ProviderFields, pointer, provider_of
from portal.web.api.schemas import Word
from portal.web.bodies import LISTING


class NewProvider(ProviderFields):
    """A provider to connect. Its type and its name are fixed from then on."""

    type: Word
    name: Name
    models: Annotated[
        Sequence[Annotated[str, Field(max_length=300)]] | None,
        Field(max_length=1000, description="Model IDs to publish; left out: its type’s usual ones; empty: none."),
    ] = None


@endpoint("POST", "/providers", Permission.PROVIDER_CREATE, status=201, versioned=True, size=LISTING, pointer=pointer)
def run(call: Call, body: NewProvider) -> Provider:
    """Connect a provider, with its first key and its models."""
    said = body.said
    models = said.pop("models", None)
    drafts = None if models is None else [model_data.draft_of(body.type, name) for name in dict.fromkeys(models)]
    saved = registry.register(call.actor, call.runtime, Draft(**said), drafts)
    view = reading.read_saved(call.actor, call.runtime, saved.name)
    call.etag = view.version
    return provider_of(view)
