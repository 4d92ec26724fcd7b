"""What an answer is for. The built-in contexts are rows of data; an administrator's own are rows of a table."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 40


@dataclass(frozen=True)
class Context:
    """One purpose of asking a model, and what it asks of the model.

    `feature` is a name of `portal.domain.features`; `capabilities` are names of `portal.domain.capabilities`.
    `personal`: people may set their own override for it. `pinned`: administrators may. `built_in`: part of the portal.
    """

    name: str
    label: str
    explanation: str
    feature: str
    capabilities: frozenset[str] = field(default_factory=frozenset)
    personal: bool = False
    pinned: bool = True
    built_in: bool = False


CONTEXTS: dict[str, Context] = {
    context.name: context
    for context in (
        Context(
            "root",
            "Chat",
            "What a person asks in a chat of their own.",
            "conversations",
            personal=True,
            pinned=False,
            built_in=True,
        ),
        Context("general", "General", "A subagent that may write.", "conversations", personal=True, built_in=True),
        Context("explore", "Explore", "A subagent that only reads.", "conversations", personal=True, built_in=True),
        Context(
            "title_generation",
            "Titles",
            "Names a chat after its first answer.",
            "conversations.titleGeneration",
            built_in=True,
        ),
        Context(
            "compaction", "Compaction", "Summarises older messages of a long chat.", "conversations", built_in=True
        ),
    )
}

ROOT = CONTEXTS["root"]


def name_fault(name: str, taken: Collection[str] = ()) -> str | None:
    """Why an administrator's context cannot be called so; None when it can."""
    if not name:
        return "Give it a name, like code_review: clients ask for auto:code_review."
    if len(name) > LONGEST_NAME:
        return f"This name has {len(name)} characters; {LONGEST_NAME} fit."
    if not NAME.fullmatch(name):
        return "Use small letters, digits and single underscores, beginning with a letter, like code_review."
    if name in taken or name in CONTEXTS:
        return f"There is a context called {name} already. Choose another name."
    return None
