"""What a language model may be offered for: three umbrella names and their sub-features."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One use. A sub-feature's name is its umbrella's, a dot, and its own."""

    name: str
    label: str

    @property
    def umbrella(self) -> str:
        return self.name.partition(".")[0]


CONVERSATIONS = "conversations"
TITLES = "conversations.titleGeneration"
REVIEWS = "reviews"
ACTIONS = "actions"

UMBRELLAS: tuple[str, ...] = (CONVERSATIONS, REVIEWS, ACTIONS)
"""What a new model is offered for: everything."""

FEATURES: tuple[Feature, ...] = (
    Feature(CONVERSATIONS, "Conversations"),
    Feature(TITLES, "Titles of conversations"),
    Feature(REVIEWS, "Reviews"),
    Feature("reviews.correctness", "Review: correctness"),
    Feature("reviews.clarity", "Review: clarity"),
    Feature("reviews.readability", "Review: readability"),
    Feature("reviews.make-longer", "Review: make longer"),
    Feature("reviews.make-shorter", "Review: make shorter"),
    Feature("reviews.make-tone-casual", "Review: casual tone"),
    Feature("reviews.make-tone-direct", "Review: direct tone"),
    Feature("reviews.make-tone-friendly", "Review: friendly tone"),
    Feature("reviews.make-tone-confident", "Review: confident tone"),
    Feature("reviews.make-tone-professional", "Review: professional tone"),
    Feature("reviews.translate", "Review: translate"),
    Feature(ACTIONS, "Actions"),
    Feature("actions.make-longer", "Action: make longer"),
    Feature("actions.make-shorter", "Action: make shorter"),
    Feature("actions.continue", "Action: continue writing"),
    Feature("actions.make-tone-casual", "Action: casual tone"),
    Feature("actions.make-tone-direct", "Action: direct tone"),
    Feature("actions.make-tone-friendly", "Action: friendly tone"),
    Feature("actions.make-tone-confident", "Action: confident tone"),
    Feature("actions.make-tone-professional", "Action: professional tone"),
    Feature("actions.translate", "Action: translate"),
    Feature("actions.fix-grammar", "Action: fix grammar"),
    Feature("actions.improve-writing", "Action: improve writing"),
)

NAMES: frozenset[str] = frozenset(feature.name for feature in FEATURES)


def offers(features: Collection[str], wanted: str) -> bool:
    """True when `features` names `wanted` or the umbrella above it; a sub-feature alone never stands for its family."""
    return not wanted or wanted in features or wanted.partition(".")[0] in features
