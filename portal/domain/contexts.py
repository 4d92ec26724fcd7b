"""What an answer is for. The built-in contexts are rows of data; an administrator's own will be rows of a table."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Context:
    """One purpose of asking a model, and what it asks of the model.

    `feature` is a name of `portal.domain.features`; `capabilities` are names of `portal.domain.capabilities`.
    """

    name: str
    label: str
    explanation: str
    feature: str
    capabilities: frozenset[str] = field(default_factory=frozenset)


CONTEXTS: dict[str, Context] = {
    context.name: context
    for context in (
        Context("root", "Chat", "What a person asks in a chat of their own.", "conversations"),
        Context("general", "General", "A subagent that may write.", "conversations"),
        Context("explore", "Explore", "A subagent that only reads.", "conversations"),
        Context("title_generation", "Titles", "Names a chat after its first answer.", "conversations.titleGeneration"),
        Context("compaction", "Compaction", "Summarises older messages of a long chat.", "conversations"),
    )
}

ROOT = CONTEXTS["root"]
