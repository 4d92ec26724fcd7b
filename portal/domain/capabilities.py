"""What a language model can do beside answering in text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Capability:
    """One ability. `name` is fixed, because it is stored and sent to clients; `badge` is its word in lists."""

    name: str
    badge: str
    label: str
    explanation: str


CAPABILITIES: dict[str, Capability] = {
    capability.name: capability
    for capability in (
        Capability("streaming", "streaming", "Streaming", "Answers arrive word by word."),
        Capability("tools", "tools", "Tool calls", "Calls functions that the client describes."),
        Capability("reasoning", "reasoning", "Reasoning", "Thinks before it answers."),
        Capability("vision", "vision", "Vision", "Understands images."),
        Capability("web_search", "web search", "Web search", "Looks things up on the web by itself."),
    )
}

DEFAULT_CAPABILITIES: tuple[str, ...] = ("streaming",)
"""What is assumed of a model that nothing else is known of."""
