"""`POST /selection`"""

from collections.abc import Callable, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import Selection
from portal.services.explain import explaining, questions
from portal.services.explain.questions import Question
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Told, Word

Address = Annotated[str, Field(max_length=600, description="As `provider:model`.")]


class Asked(Given):
    """A request as it would come. `person` left out is whoever asks; for others it wants `llm_provider.view`."""

    person: UUID | None = None
    context: Word = "root"
    chat: UUID | None = None
    chat_model: Address = ""
    model: Address = ""
    provider: Word = ""


class Step(Told):
    """One layer that was asked, or not reached any more."""

    layer: Layer
    label: str
    outcome: str
    model: str
    said: str
    why: str
    reason: Reason | None


class Answerer(Told):
    """The model that answers, by which layer, and with whose key."""

    id: UUID
    address: str
    display_name: str
    layer: Layer
    key_source: str
    effort: str


class Explained(Told):
    """What selection says. `model` is null where none answers; `reason` says why then."""

    headline: str
    model: Answerer | None
    reason: Reason | None
    facts: Sequence[str]
    steps: Sequence[Step]
    within_reach: int
    published: int
    gates_off: Sequence[str]


@endpoint("POST", "/selection", Permission.SIGNED_IN, may=frozenset({404}))
def run(call: Call, body: Asked) -> Explained:
    """Say which model would answer, and why; nothing is asked of it."""
    finders: dict[str, Callable[[], UUID | None]] = {
        "chat_model": lambda: questions.find_model(call.actor, call.runtime, body.chat_model, "chat_model"),
        "model": lambda: questions.find_model(call.actor, call.runtime, body.model),
        "provider": lambda: questions.find_provider(call.actor, call.runtime, body.provider),
    }
    found: dict[str, UUID | None] = {}
    faults: dict[str, str] = {}
    for name, find in finders.items():
        try:
            found[name] = find()
        except Invalid as invalid:
            faults |= invalid.faults
    if faults:
        raise Invalid(faults)
    question = Question(body.context, body.chat, found["chat_model"], found["model"], found["provider"])
    told = explaining.explain(call.actor, call.runtime, body.person, question)
    answer = told.answer
    chosen = answer if isinstance(answer, Selection) else None
    return Explained(
        headline=told.headline,
        model=Answerer(
            id=chosen.language_model_id,
            address=f"{chosen.provider_name}:{chosen.name}",
            display_name=chosen.display_name,
            layer=chosen.layer,
            key_source=chosen.credential,
            effort=chosen.effort,
        )
        if chosen
        else None,
        reason=None if isinstance(answer, Selection) else answer.reason,
        facts=told.facts,
        steps=[
            Step(
                layer=step.layer,
                label=step.label,
                outcome=step.outcome,
                model=step.model,
                said=step.said,
                why=step.why,
                reason=step.reason,
            )
            for step in told.steps
        ],
        within_reach=told.reaches,
        published=told.models,
        gates_off=told.gates_off,
    )
