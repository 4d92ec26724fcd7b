"""What comes of an answer while it is written, in this order: it began, words and idle times, and how it ended."""

from dataclasses import dataclass, field

from portal.domain.chats import State
from portal.domain.compaction import Room
from portal.services.chat.view import TurnView


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
class MakingRoom:
    """The older part of the chat is summarised first: the question would not fit beside it."""


@dataclass(frozen=True)
class Answered:
    """The turn as it is stored now, and how much the model can read; `limit_is_assumed`: that is a guess.

    `used` is about how many tokens of its `room` the conversation takes by now.
    """

    turn: TurnView
    context_limit: int
    limit_is_assumed: bool
    room: Room = field(default=Room(0, None), compare=False)
    used: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Ended:
    """The attempt is finished, and this is what became of it. `answered` is None where only the database knows.

    `follows`: something is done beside the chat now, as naming it, which whoever reads may look for later.
    """

    state: State
    answered: Answered | None = field(default=None, compare=False)
    follows: bool = field(default=False, compare=False)


Event = Began | MakingRoom | Arrived | Thought | Idle | Ended
