"""Subagents: a message that begins with `/explore` or `/general` delegates one question to that context.

The text alone says so: asked again, edited, carried to another portal, it stays what it is. One level deep: what
follows the command is the question to the letter, whatever it begins with.
"""

import re
from dataclasses import dataclass

from portal.domain.contexts import CONTEXTS, ROOT


@dataclass(frozen=True)
class Subagent:
    """A context that a question can be delegated to. `does` is said to people who choose, `told` to its model.

    `asked` and `found` are what later questions read around what was asked of it, and what came of it.
    """

    name: str
    does: str
    told: str
    asked: str
    found: str
    lacks: str

    @property
    def label(self) -> str:
        return CONTEXTS[self.name].label

    @property
    def command(self) -> str:
        return f"/{self.name}"


SUBAGENTS: dict[str, Subagent] = {
    subagent.name: subagent
    for subagent in (
        Subagent(
            "explore",
            does="reads this conversation and reports what it finds",
            told=(
                "You are a subagent that only reads. The conversation so far, if there is any, is there to be read; "
                "you take no part in it. Find out the following, and report what you found and where, in few words. "
                "Write no drafts and change nothing."
            ),
            asked="I sent the subagent Explore to find out:",
            found="This is what it found:",
            lacks="Write behind /explore what to find out.",
        ),
        Subagent(
            "general",
            does="does one piece of work on its own",
            told=(
                "You are a subagent that does one piece of work on its own. The conversation so far, if there is any, "
                "is there to be read; you take no part in it. Do the following, and give the whole result without "
                "asking back."
            ),
            asked="I gave the subagent General this to do:",
            found="This is what it wrote:",
            lacks="Write behind /general what to do.",
        ),
    )
}

_COMMAND = re.compile(rf"/({'|'.join(SUBAGENTS)})(?:\s+|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Run:
    """One question, delegated."""

    subagent: Subagent
    question: str

    @property
    def prompt(self) -> str:
        """What its model is asked. No system prompt, which some models refuse: it works wherever the chat does."""
        return f"{self.subagent.told}\n\n{self.question}"


def run_of(text: str) -> Run | None:
    """What a message delegates. None for an ordinary one: another command, or one with nothing behind it."""
    if not text.startswith("/"):
        return None
    found = _COMMAND.match(text)
    question = text[found.end() :] if found else ""
    return Run(SUBAGENTS[found[1].lower()], question) if found and question.strip() else None


def context_of(text: str) -> str:
    """The context that answers a message."""
    run = run_of(text)
    return run.subagent.name if run else ROOT.name


def prompt_of(text: str) -> str:
    """What a model is asked by a message, now that its turn has come."""
    run = run_of(text)
    return run.prompt if run else text


def command_fault(text: str) -> str | None:
    """Why a command cannot be sent, in a sentence; None when it can, or when there is none."""
    found = _COMMAND.fullmatch(text)
    return SUBAGENTS[found[1].lower()].lacks if found else None


def with_command(text: str, name: str) -> str:
    """A message as the button of a subagent sends it; the command that one typed before it gives way."""
    if name not in SUBAGENTS:
        return text
    typed = _COMMAND.match(text)
    return f"{SUBAGENTS[name].command} {text[typed.end() :] if typed else text}"


def as_read_later(asked: str, answered: str) -> tuple[str, str]:
    """Question and answer as later questions read them: of a run it is a person's report, not the chat's own words."""
    run = run_of(asked)
    if run is None:
        return asked, answered
    opening = f"{run.subagent.asked} {run.question}"
    if not answered.strip():
        return f"{opening}\n\nIt gave no answer.", ""
    return f"{opening}\n\n{run.subagent.found}\n\n<subagent>\n{answered}\n</subagent>", ""
