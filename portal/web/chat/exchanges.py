"""What the turns of a chat are drawn from: what each says is asked for here, and templates only set it in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from flask import get_template_attribute
from markupsafe import Markup

from portal.domain.chats import State
from portal.domain.subagents import Run
from portal.services.chat import selector
from portal.services.chat.view import AttemptView, TurnView
from portal.services.personal_keys import reach
from portal.services.selection.choosing import Choice, ChoiceGroup
from portal.web.chat import presentation, troubles
from portal.web.chat.addresses import ChatAddresses, FileAddresses, TurnAddresses
from portal.web.chat.presentation import WhyStep
from portal.web.chat.troubles import Trouble
from portal.web.context import runtime
from portal.web.guard import actor

NO_ANSWER = (State.FALLBACK, State.FAILED)
"""States in which the portal's own words stand where an answer should."""


@dataclass(frozen=True)
class Told:
    """An attempt, with what is said of it."""

    attempt: AttemptView
    now: datetime

    @property
    def ours(self) -> bool:
        """Whether it is no answer of a model, but what the portal says in its place."""
        return self.attempt.state in NO_ANSWER

    @property
    def trouble(self) -> Trouble | None:
        return troubles.trouble(self.attempt, self.now)

    @property
    def advice(self) -> str:
        return troubles.advice(self.attempt)

    @property
    def foot(self) -> list[str]:
        return presentation.foot(self.attempt)

    @property
    def steps(self) -> list[WhyStep]:
        return presentation.why_steps(self.attempt.trail)

    @property
    def thought(self) -> str:
        return presentation.thought(self.attempt)


@dataclass(frozen=True)
class Delegated:
    """What was given to a subagent, as its card says it."""

    run: Run
    by: str

    @property
    def quoted(self) -> str:
        return presentation.quoted(self.run)


@dataclass(frozen=True)
class Exchange:
    """A turn: what was asked, and the answer to it, if there is one. `others` are the attempts that fold away.

    `id` is the turn's, as a page writes it: often, and making a text of it takes time.
    """

    id: str
    turn: TurnView
    to: TurnAddresses
    answer: Told | None
    rival: Told | None
    others: tuple[Told, ...]
    delegated: Delegated | None


@dataclass(frozen=True)
class Exchanges:
    """The turns of one chat as one page or stream draws them: what all of them need is asked for once.

    `csrf` is the hidden field of every form; `elsewhere` names models to send a question to instead.
    """

    to: ChatAddresses
    now: datetime
    csrf: Markup
    elsewhere: Callable[[], tuple[ChoiceGroup, ...]]

    def of(self, turn: TurnView) -> Exchange:
        """What is drawn of a turn."""
        id, run, rival, answer = str(turn.id), turn.run, turn.rival, turn.answer
        shown = (answer, rival)
        return Exchange(
            id,
            turn,
            self.to.turn(id, run),
            Told(answer, self.now) if answer else None,
            Told(rival, self.now) if rival else None,
            tuple(Told(each, self.now) for each in turn.attempts if each not in shown),
            Delegated(run, presentation.run_by(answer)) if run and answer else None,
        )

    def draw(self, turn: TurnView) -> Markup:
        """A question and the answer to it, as a part of a page."""
        exchange = self.of(turn)
        question: Markup = get_template_attribute("chat/_question.html", "question")(exchange, self)
        return question + self._answer(exchange)

    def draw_answer(self, turn: TurnView) -> Markup:
        """The answer alone."""
        return self._answer(self.of(turn))

    def _answer(self, exchange: Exchange) -> Markup:
        drawn: Markup = get_template_attribute("chat/_answer.html", "answer")(exchange, self)
        return drawn

    @cached_property
    def files(self) -> FileAddresses:
        return FileAddresses.here()

    def another(self, answer: AttemptView) -> Choice | None:
        """The model to offer in the place of one that gave no answer."""
        return troubles.another(answer, self.elsewhere())

    def own_key_helps(self) -> bool:
        """Whether a key of one's own would let a model answer."""
        return reach.key_would_help(actor(), runtime())


def exchanges(chat_id: UUID, elsewhere: Callable[[], tuple[ChoiceGroup, ...]] | None = None) -> Exchanges:
    """Those of a chat, drawn now. `elsewhere` is asked only where nothing answers."""
    csrf: Markup = get_template_attribute("_macros/forms.html", "csrf")()
    other = elsewhere or (lambda: selector.elsewhere(actor(), runtime()))
    return Exchanges(ChatAddresses.of(chat_id), runtime().now(), csrf, other)
