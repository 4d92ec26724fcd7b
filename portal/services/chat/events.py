"""What comes of an answer while it is written, in this order: it began, words and idle times, and how it ended."""

from dataclasses import dataclass, field

from portal.domain.chats import State
from portal.services.chat.chats import TurnView


@dataclass(frozen=True)
class Began:
    """From here on whoever reads may leave at any time, and the attempt is finished."""


@dataclass(frozen=True)
class Arrived:
    """More of the answer."""

    text: str


@dataclass(frozen=True)
class Thought:
    """More of what the model says to itself before it answers. `folds`: it is all that had arrived as the answer."""

    text: str
    folds: bool = False


@dataclass(frozen=True)
class Idle:
    """Nothing new since the last event; the portal is still there."""


@dataclass(frozen=True)
class Answered:
    """The turn as it is stored now, and how much the model can read; `limit_is_assumed`: that is a guess."""

    turn: TurnView
    context_limit: int
    limit_is_assumed: bool


@dataclass(frozen=True)
class Ended:
    """The attempt is finished, and this is what became of it. `answered` is None where only the database knows."""

    state: State
    answered: Answered | None = field(default=None, compare=False)


Event = Began | Arrived | Thought | Idle | Ended
