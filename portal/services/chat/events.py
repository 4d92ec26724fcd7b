"""What comes of an answer while it is written, in this order: it began, words and idle times, and how it ended."""

from dataclasses import dataclass

from portal.domain.chats import State


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
class Ended:
    """The attempt is finished, and this is what became of it."""

    state: State


Event = Began | Arrived | Thought | Idle | Ended
