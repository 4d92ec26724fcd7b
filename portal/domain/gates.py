"""The switches of the whole deployment, in words: what each opens, and what people read while it is off."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """One switch. `holders` says whom turning it changes, `kept` what becomes of what they have while it is off."""

    key: str
    label: str
    explanation: str
    holders: str
    kept: str
    off: str
    selects: bool = True
    """Whether it decides which model answers."""


PERSONAL_OVERRIDES = "personal_overrides"
PERSONAL_KEYS = "personal_keys"
AI = "ai"
CHAT_SHARING = "chat_sharing"

GATES: dict[str, Gate] = {
    gate.key: gate
    for gate in (
        Gate(
            PERSONAL_OVERRIDES,
            "Personal overrides",
            "People choose a model of their own for a purpose.",
            "with a choice of their own",
            "What they chose is kept, ignored while this is off, and serves again when it is on.",
            "Personal overrides are switched off for everybody. What you chose is kept, and serves again when an "
            "administrator switches them on.",
        ),
        Gate(
            PERSONAL_KEYS,
            "Personal keys",
            "People use keys of their own, before the shared ones.",
            "with a key of their own",
            "Their keys are kept, encrypted, ignored while this is off, and serve again when it is on.",
            "Personal keys are switched off for everybody. What you saved is kept, and serves again when an "
            "administrator switches them on.",
        ),
        Gate(
            AI,
            "AI",
            "People ask models: in the chat, and through every client.",
            "who may chat",
            "While this is off every question is answered with the reason, in all processes at once. Nothing is lost.",
            "AI is switched off for everybody. An administrator can switch it on again.",
        ),
        Gate(
            CHAT_SHARING,
            "Sharing of chats",
            "People give a colleague a copy of a chat to read.",
            "who may chat",
            "Copies that were given are kept, nobody can read them while this is off, and they are back when it is on.",
            "Sharing of chats is switched off. What was shared is kept, and can be read again when an administrator "
            "switches it on.",
            selects=False,
        ),
    )
}
