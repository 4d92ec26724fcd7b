"""How much a model thinks, in the words of each dialect: callers ask in theirs, providers take one of several."""

from collections.abc import Collection, Mapping

LADDER = ("minimal", "low", "medium", "high", "xhigh", "max")
"""Efforts from least to most, in the words of all vendors together."""

BUDGETS: Mapping[str, int] = {
    "minimal": 1_024,
    "low": 2_048,
    "medium": 8_192,
    "high": 16_384,
    "xhigh": 24_576,
    "max": 32_000,
}
"""What an effort is in tokens, for models that take nothing else."""

USUAL_BUDGET = BUDGETS["medium"]
"""For a caller that lets a model think and does not say for how long."""

EFFORTS: tuple[str, ...] = ("reasoning_effort", "effort", "thinking_level")
"""The options that take a word of the ladder."""

ASKED: tuple[str, ...] = (*EFFORTS, "thinking_budget", "reasoning_enabled", "include_thoughts")
"""The options that say whether and how much a model thinks."""


def fit(
    options: Mapping[str, object], offered: Mapping[str, Collection[str]]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """The options with those of thinking in the words of a provider, and the names of those that it has no word for.

    `offered` are its options by name, each with its choices where it has some. What is asked in a word that it has
    stays as it is; else the nearest is taken: of efforts the next one up, in place of a budget the effort of its size.
    """
    kept = {name: value for name, value in options.items() if name not in ASKED}
    lost: list[str] = []
    effort, budget, enabled = (
        options.get(name) for name in ("reasoning_effort", "thinking_budget", "reasoning_enabled")
    )
    off = effort == "none" or enabled is False
    word = effort if isinstance(effort, str) else _effort_of(budget) if isinstance(budget, int) else None
    said = False
    if word is not None or off:
        for name in EFFORTS:
            taken = _nearest("none" if off else str(word), offered.get(name, ()))
            if taken is not None:
                kept[name] = taken
                said = True
    if "reasoning_enabled" in offered and (off or enabled is not None):
        kept["reasoning_enabled"] = not off
        said = True
    if "thinking_budget" in offered and not off:
        wanted = budget if isinstance(budget, int) else BUDGETS.get(str(word)) if word else None
        if wanted is None and enabled is True:
            wanted = USUAL_BUDGET
        if wanted is not None and "thinking_level" not in kept:
            kept["thinking_budget"] = wanted
            said = True
    elif "thinking_budget" in offered:
        # Where thinking is asked for by a budget, it is off without one.
        said = True
    if "include_thoughts" in offered and "include_thoughts" in options:
        kept["include_thoughts"] = options["include_thoughts"]
    if not said:
        lost += [name for name in ("reasoning_effort", "thinking_budget") if name in options]
        lost += ["reasoning_enabled"] if enabled is False else []
    return kept, tuple(lost)


def _effort_of(budget: int) -> str:
    return next((word for word in LADDER if budget <= BUDGETS[word]), LADDER[-1])


def _nearest(word: str, choices: Collection[str]) -> str | None:
    """The word itself, the next one up, or the most there is; nothing for a word that is on no ladder."""
    if word in choices:
        return word
    if word not in LADDER:
        return None
    above = [step for step in LADDER[LADDER.index(word) :] if step in choices]
    below = [step for step in LADDER if step in choices]
    return above[0] if above else below[-1] if below else None
