"""One decision with all that its telling needs: what `select` read, what it answered, and for whom."""

from dataclasses import dataclass

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Person
from portal.domain.contexts import Context
from portal.domain.explanation import Decision
from portal.domain.selection import Ask, Refusal, Selection
from portal.services.explain.questions import Question
from portal.services.explain.subjects import Subject
from portal.services.explain.words import Voice


@dataclass(frozen=True)
class Case:
    """A decision as it was made."""

    catalog: Catalog
    ask: Ask
    subject: Subject
    question: Question
    decision: Decision

    @property
    def who(self) -> Person:
        return self.ask.who

    @property
    def voice(self) -> Voice:
        return self.subject.voice

    @property
    def context(self) -> Context:
        return self.ask.context

    @property
    def answer(self) -> Selection | Refusal:
        return self.decision.answer
