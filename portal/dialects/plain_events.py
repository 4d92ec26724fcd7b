"""What nearly all events of chat completions are: words, and nothing else. They are read in a tenth of the time."""

from typing import Any

_DELTA = frozenset({"role", "content"})
_CHOICE = frozenset({"index", "delta", "finish_reason", "logprobs"})
_MORE = frozenset({"type", "usage", "x_groq", "error", "base_resp", "header", "status"})
"""What an event may hold beside its words that means something."""


def is_plain(message: object) -> bool:
    """Whether a message or a piece of one holds words and nothing else."""
    return type(message) is dict and message.keys() <= _DELTA and not isinstance(message.get("content"), list)


def words_alone(value: Any, model: object) -> str | None:
    """The words of an event that holds nothing else, of this model; None for every other event."""
    if type(value) is not dict or value.get("model") != model or value.get("object") != "chat.completion.chunk":
        return None
    choices = value.get("choices")
    if type(choices) is not list or len(choices) != 1 or any(value.get(name) for name in _MORE & value.keys()):
        return None
    choice = choices[0]
    if type(choice) is not dict or not choice.keys() <= _CHOICE or choice.get("index") not in (0, None):
        return None
    delta = choice.get("delta")
    if choice.get("finish_reason") is not None or type(delta) is not dict or not delta.keys() <= _DELTA:
        return None
    words = delta.get("content")
    return words if type(words) is str else None
