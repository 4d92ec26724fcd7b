"""A context as JSON."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from portal.domain.features import CONVERSATIONS
from portal.services.overrides.contexts import ContextPage
from portal.web.api.operations import Call
from portal.web.api.schemas import Given, Told, Word


class ContextFields(Given):
    """What can be said of a context. What is left out of a change stays as it is."""

    label: Word = ""
    explanation: Annotated[str, Field(max_length=2000)] = ""
    feature: Annotated[Word, Field(description="A model answers only when it is offered for this.")] = CONVERSATIONS
    capabilities: Annotated[Sequence[Word], Field(max_length=50, description="What a model must be able to do.")] = ()
    personal: Annotated[bool, Field(description="People may choose a model for it themselves.")] = True


class ContextLine(Told):
    """A context: built in, or of one’s own making."""

    name: str
    label: str
    explanation: str
    feature: str
    capabilities: Sequence[str]
    personal: bool
    built_in: bool


class Context(ContextLine):
    """A context of one’s own making, with what removing it would lose: its pin, and so many people’s own choices."""

    pin: str
    own_choices: int


def context_of(call: Call, page: ContextPage) -> Context:
    """A context as it is told, with its version in the answer’s head."""
    call.etag = page.version
    draft = page.draft
    return Context(
        name=draft.name,
        label=draft.label,
        explanation=draft.explanation,
        feature=draft.feature,
        capabilities=draft.capabilities,
        personal=draft.personal,
        built_in=False,
        pin=page.pin,
        own_choices=page.own,
    )
