"""What the explanation says: sentences for each layer and each reason, and what one would do about it, as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.contexts import Context
from portal.domain.features import FEATURES
from portal.domain.reasons import Layer, Reason


class Place(StrEnum):
    """Where something is decided. The page knows the address of each; the command line says the words alone."""

    MODEL = "model"
    MODELS = "models"
    PROVIDER = "provider"
    OVERRIDES = "overrides"
    GATE = "gate"
    ROLE = "role"
    TEAM = "team"
    CHAT = "chat"
    OWN_KEYS = "own_keys"
    OWN_OVERRIDES = "own_overrides"


@dataclass(frozen=True)
class Remedy:
    """What would change this: `text` for whoever may do it at `place`, `otherwise` for everybody else.

    `key` says which one it is there: an id or a name. A blank `otherwise` is not said at all.
    """

    text: str
    place: Place | None = None
    key: str = ""
    otherwise: str = ""


NOT_SET: dict[Layer, str] = {
    Layer.EXPLICIT: "Not asked for",
    Layer.PERSONAL_OVERRIDE: "Not set",
    Layer.ADMIN_OVERRIDE: "Nothing is pinned",
    Layer.CHAT_MODEL: "No chat’s model was given",
    Layer.PROVIDER_DEFAULT: "No provider is named",
    Layer.TEAM_DEFAULT: "No team, or one without a default",
    Layer.DEFAULT: "There is none",
    Layer.FIRST_USABLE: "No model is published",
}
"""What a layer says that holds nothing."""

REASON_SHORT: dict[Reason, str] = {
    Reason.GATE_OFF: "Gate off",
    Reason.NOT_SET: "Not set",
    Reason.NOT_FOR_THIS_CONTEXT: "Not for this purpose",
    Reason.MODEL_DELETED: "Deleted",
    Reason.MODEL_DISABLED: "Model off",
    Reason.PROVIDER_DISABLED: "Provider off",
    Reason.NO_CREDENTIAL: "No key",
    Reason.NOT_ALLOWED: "Not allowed",
    Reason.ABOVE_CEILING: "Above the ceiling",
    Reason.NOT_ENTITLED: "Not entitled",
    Reason.MISSING_FEATURE: "Not offered for this",
    Reason.MISSING_CAPABILITY: "Cannot do this",
    Reason.WRONG_PROVIDER: "Another provider",
}
"""The word beside the mark of a layer that was skipped."""

KEY_SOURCES: dict[str, str] = {
    "personal": "asked with a personal key",
    "shared": "asked with a shared key",
    "environment": "asked with the key from the server’s environment",
    "none": "needs no key",
}
"""How a model is asked, at the end of a sentence about it."""

FEATURE_LABELS = {feature.name: feature.label for feature in FEATURES}


def feature_of(context: Context) -> str:
    """What a context is offered for, in the middle of a sentence."""
    return FEATURE_LABELS.get(context.feature, context.label).lower()


def listed(names: Sequence[str]) -> str:
    """Several names in a sentence."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "no role"


@dataclass(frozen=True)
class Voice:
    """How somebody is spoken of: to themselves as "you", to others by their name."""

    me: bool
    name: str = ""

    @property
    def subject(self) -> str:
        return "you" if self.me else self.name

    @property
    def opening(self) -> str:
        return "You" if self.me else self.name

    @property
    def own_opening(self) -> str:
        return "Your" if self.me else self.own

    @property
    def own(self) -> str:
        return "your" if self.me else f"{self.name}’s"

    def does(self, verb: str, theirs: str) -> str:
        """`have` for oneself, `has` for another."""
        return f"{self.opening} {verb if self.me else theirs}"
