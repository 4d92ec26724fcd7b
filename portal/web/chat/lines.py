"""How a summary is told of in the chat: in one thin line, and below it why it is there and what it does."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.compaction import State as Made
from portal.domain.compaction import Why
from portal.services.chat.summaries import CompactionView
from portal.services.chat.view import ChatView
from portal.web.chat.presentation import WhyStep, foot, why_steps
from portal.web.chat.troubles import TOO_LONG

WHY_SUMMARISED = {
    Why.THRESHOLD: "The chat had passed the threshold of what its models can read.",
    Why.ROOM: "A message would not have fit beside all of it.",
    Why.HAND: "You asked for it.",
}


@dataclass(frozen=True)
class Line:
    """A summary, as its line and what that opens to say it. `effective`: models read it."""

    made: CompactionView
    effective: bool

    @property
    def headline(self) -> str:
        return headline(self.made)

    @property
    def more(self) -> str:
        return more(self.made, self.effective)

    @property
    def foot(self) -> list[str]:
        return foot(self.made)

    @property
    def steps(self) -> list[WhyStep]:
        return why_steps(self.made.trail)


def lines_at(chat: ChatView, turn_id: UUID) -> list[Line]:
    """Those that stand after a turn."""
    summary = chat.summary if turn_id in chat.summaries else None
    return [Line(made, summary is not None and summary.id == made.id) for made in chat.lines(turn_id)]


def headline(made: CompactionView) -> str:
    """What the thin line says."""
    number = f"{made.messages:,} earlier message{'' if made.messages == 1 else 's'}"
    verb = "is" if made.messages == 1 else "are"
    if made.state is Made.RUNNING:
        return f"{number} {verb} being summarised"
    if made.state is Made.FAILED:
        return "Earlier messages could not be summarised"
    if made.undone:
        return f"A summary of {number} is undone; the model reads the messages"
    return f"{number} {verb} summarised; the model reads the summary, you can read all"


def more(made: CompactionView, effective: bool) -> str:
    """What stands below it: why it was made and what it did, or why it could not be and what to do."""
    if made.state is Made.RUNNING:
        return "Until that is done, models read the messages themselves."
    if made.state is Made.FAILED:
        return f"{made.hint} Models read the messages themselves. If they do not fit any more: {TOO_LONG}"
    why = WHY_SUMMARISED[made.why]
    took = f"It takes about {made.tokens:,} tokens; with the messages above the chat took about {made.tokens_before:,}."
    if made.undone:
        return f"{why} It was undone, and nothing is summarised here by itself until a message does not fit."
    return f"{why} {took}" if effective else f"{why} {took} A later summary stands for this one, too."
