"""`POST /models`"""

from typing import Annotated

from pydantic import Field

from portal.domain.language_models import PRICES, Draft
from portal.domain.model_facts import named_in
from portal.domain.permissions import Permission
from portal.services.language_models import publishing
from portal.web.api.language_models.shapes import Model, ModelFields, model_of, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Word
from portal.web.bodies import TEXT


class NewModel(ModelFields):
    """A model to publish. Its name is fixed from then on; blank, it is the model ID."""

    provider: Annotated[Word, Field(description="The name of its provider.")]
    wire_name: Annotated[str, Field(max_length=300, description="The model ID: what the provider calls it.")]
    name: Word = ""
    enabled: bool = True


@endpoint("POST", "/models", Permission.PROVIDER_CREATE, status=201, versioned=True, size=TEXT, pointer=pointer)
def run(call: Call, body: NewModel) -> Model:
    """Publish a model.

    What is left out is filled in with what the provider said of it, then with public data. The portal’s first model
    becomes the default.
    """
    said = body.said
    provider = said.pop("provider")
    typed = named_in(said, [name for name in said.get("prices", ()) if name in PRICES])
    made = publishing.publish(call.actor, call.runtime, provider, Draft(**said), typed=typed)
    view = publishing.read(call.actor, call.runtime, made.id)
    call.etag = view.version
    return model_of(view)
