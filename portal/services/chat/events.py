"""What one hears of an answer while it is written, in this order: it began, words and silence, and how it ended."""

from dataclasses import dataclass

from portal.domain.chats import State


@dataclass(frozen=True)
class Began:
    """From here on whoever listens may leave at any time, and the attempt is settled."""


@dataclass(frozen=True)
class Arrived:
    """More of the answer."""

    text: str


@dataclass(frozen=True)
class Thought:
    """More of what the model says to itself before it answers."""

    text: str


@dataclass(frozen=True)
class Idle:
    """Nothing new since the last look; the portal is still there."""


@dataclass(frozen=True)
class Ended:
    """The attempt is settled, and this is what became of it."""

    state: State


Event = Began | Arrived | Thought | Idle | Ended
