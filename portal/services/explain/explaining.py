"""Why this model: the decision of `select` for anybody, told layer by layer with what decided each."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.contexts import Context
from portal.domain.explanation import decide, within_access
from portal.domain.gates import GATES
from portal.domain.people import Actor
from portal.domain.selection import Ask, Refusal, Selection, Trail
from portal.services.explain import subjects, telling, what_if
from portal.services.explain.case import Case
from portal.services.explain.questions import Question
from portal.services.explain.subjects import Subject
from portal.services.explain.telling import ExplainedStep
from portal.services.explain.what_if import WouldChange
from portal.services.runtime import Runtime
from portal.services.selection import choosing


@dataclass(frozen=True)
class Explanation:
    """`answer` is what `select` said, trail and all; the rest tells it. `reaches` of `models` are within access."""

    subject: Subject
    context: Context
    answer: Selection | Refusal
    headline: str
    facts: tuple[str, ...]
    steps: tuple[ExplainedStep, ...]
    would_change: tuple[WouldChange, ...]
    reaches: int
    models: int
    own_keys: tuple[str, ...]
    own_overrides: int
    gates_off: tuple[str, ...]

    @property
    def trail(self) -> Trail:
        return self.answer.trail

    @property
    def answers(self) -> bool:
        return isinstance(self.answer, Selection)


def explain(actor: Actor, runtime: Runtime, person_id: UUID | None, question: Question) -> Explanation:
    """Which model answers this person, and why. Everybody may ask for themselves; for others it is `llm_provider.view`.

    Raises `NotFound` for a person, context or chat that is not there, and for a chat of somebody else.
    """
    subject = subjects.read_subject(actor, runtime, person_id)
    catalog = choosing.current_catalog(runtime)
    chat_model_id = question.chat_model_id
    if question.chat_id is not None:
        chat_model_id = subjects.chat_model(subject, question.chat_id)
    context = choosing.context_of(catalog, question.context)
    ask = Ask(subject.person, context, chat_model_id, question.explicit_id, question.provider_id)
    case = Case(catalog, ask, subject, question, decide(ask, catalog))
    own_keys = catalog.personal_keys.get(subject.id, frozenset())
    return Explanation(
        subject=subject,
        context=context,
        answer=case.answer,
        headline=telling.headline(case),
        facts=telling.facts(case),
        steps=telling.steps(case),
        would_change=what_if.would_change(case),
        reaches=len(within_access(subject.person, catalog)),
        models=len(catalog.in_order()),
        own_keys=tuple(sorted(catalog.providers[id].label for id in own_keys)),
        own_overrides=len(catalog.pins_of(subject.person)),
        gates_off=tuple(gate.label for gate in GATES.values() if gate.selects and not getattr(catalog.gates, gate.key)),
    )
