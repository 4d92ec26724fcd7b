"""What a provider rejects together, or for one model: refused on save, with the reason, instead of at the first chat.

Each rule takes what is asked of whom and names the options that cannot stay, with a sentence each.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.domain.families import Family, family_of

SAMPLING: tuple[str, ...] = ("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty")
"""How words are chosen; a model that thinks about them first chooses by itself."""

OPENAI = ("", "openai", "azure")
"""The types that refuse what a model does not take, where others of their dialect drop it in silence."""

GATEWAYS = ("openrouter", "vercel")
"""The types that stand between the portal and many vendors, and take what they are sent."""

CLAUDES_LEAST_BUDGET = 1_024

LEVELS: tuple[str, ...] = ("minimal", "low", "medium", "high", "xhigh")
"""How much Gemini 3 and later think, from least to most."""


OptionValues = Mapping[str, object]
"""Options by the names of `portal.domain.options`; one that is not set is absent."""


@dataclass(frozen=True)
class Wish:
    """Options that are each right by themselves, for one model of one kind of provider."""

    dialect: str
    type_name: str
    wire_name: str
    values: OptionValues

    @property
    def family(self) -> Family:
        return family_of(self.wire_name)

    def has(self, *names: str) -> list[str]:
        """Which of these options are set, but for a temperature of 1, which OpenAI's models all take."""
        usual = self.dialect == "openai" and self.values.get("temperature") == 1
        return [name for name in names if name in self.values and not (usual and name == "temperature")]

    @property
    def claude(self) -> bool:
        """True for Claude by whatever dialect that has options of its own for it."""
        own = self.dialect not in ("openai", "demo")
        return self.dialect == "anthropic" or (own and "claude" in self.wire_name.lower())


Rule = Callable[[Wish], dict[str, str]]


def _never_sampled(wish: Wish) -> dict[str, str]:
    if wish.dialect == "demo" or wish.type_name in GATEWAYS or wish.family.samples:
        return {}
    return dict.fromkeys(
        wish.has(*SAMPLING), f"{wish.wire_name} chooses its words itself and refuses this. Leave it empty."
    )


def _sampled_or_reasoning(wish: Wish) -> dict[str, str]:
    effort = wish.values.get("reasoning_effort")
    if wish.dialect != "openai" or wish.type_name not in OPENAI or effort in (None, "none"):
        return {}
    return dict.fromkeys(
        wish.has("temperature", "top_p", "presence_penalty", "frequency_penalty"),
        f"With reasoning effort {effort} the model refuses this. Leave one of the two empty.",
    )


def _efforts_of_the_family(wish: Wish) -> dict[str, str]:
    name = "effort" if wish.claude else "reasoning_effort"
    effort = wish.values.get(name)
    if effort is None or wish.family.efforts is None or effort in wish.family.efforts:
        return {}
    if not wish.claude and wish.type_name not in OPENAI:
        return {}
    if not wish.family.efforts:
        return {name: f"{wish.wire_name} takes no effort. Leave it empty."}
    return {name: f"{wish.wire_name} takes one of: {', '.join(wish.family.efforts)}."}


def _temperature_or_top_p(wish: Wish) -> dict[str, str]:
    if not wish.claude or not {"temperature", "top_p"} <= wish.values.keys():
        return {}
    return {"top_p": "Claude takes a temperature or a top p, not both. Clear one of them."}


def _room_beside_thinking(wish: Wish) -> dict[str, str]:
    budget, most = wish.values.get("thinking_budget"), wish.values.get("max_output_tokens")
    if not wish.claude or not isinstance(budget, int):
        return {}
    if wish.family.thinks == "never":
        return {"thinking_budget": f"{wish.wire_name} does not think first. Leave it empty."}
    if isinstance(most, int) and budget >= most:
        return {"thinking_budget": f"Thinking counts as output: choose less than the {most:,} max output tokens."}
    return {}


def _sampled_or_thinking(wish: Wish) -> dict[str, str]:
    if not wish.claude or "thinking_budget" not in wish.values:
        return {}
    faults = dict.fromkeys(wish.has("top_k"), "A model that thinks first refuses this. Leave one of the two empty.")
    if wish.values.get("temperature") not in (None, 1):
        faults["temperature"] = "A model that thinks first takes a temperature of 1 only. Leave one of the two empty."
    top_p = wish.values.get("top_p")
    if isinstance(top_p, int | float) and top_p < 0.95:
        faults["top_p"] = "A model that thinks first takes a top p from 0.95 to 1. Leave one of the two empty."
    return faults


def _thinking_of_others(wish: Wish) -> dict[str, str]:
    if wish.dialect != "bedrock" or wish.claude or "thinking_budget" not in wish.values:
        return {}
    return {"thinking_budget": "Only Claude takes one, and this name is not Claude’s. Leave it empty."}


def _effort_of_no_reasoning(wish: Wish) -> dict[str, str]:
    if wish.values.get("reasoning_enabled") is not False or wish.values.get("reasoning_effort") in (None, "none"):
        return {}
    return {"reasoning_effort": "Reasoning is turned off. Clear the effort, or turn reasoning on."}


@dataclass(frozen=True)
class _Budget:
    """How many tokens models of this name may be given to think; −1 always means that they decide."""

    name: str
    least: int
    most: int
    may_be_off: bool = True


GEMINIS: tuple[_Budget, ...] = (
    _Budget(r"gemini-2\.5-pro", 128, 32_768, may_be_off=False),
    _Budget(r"gemini-2\.5-flash-lite", 512, 24_576),
    _Budget(r"gemini-2\.5-flash", 1, 24_576),
)
"""Read top to bottom; the first name that is found wins."""


def levels_of(wire_name: str) -> tuple[str, ...]:
    """The thinking levels that a Gemini takes: the large ones always think more than a minimum."""
    return LEVELS[1:] if re.search(r"\bpro\b", wire_name.lower()) else LEVELS


def _level_of_gemini(wish: Wish) -> dict[str, str]:
    """A level or a budget, never both: each generation takes one of the two."""
    level = wish.values.get("thinking_level")
    if wish.dialect not in ("gemini", "vertex") or wish.claude or wish.family.thinks == "never":
        return {}
    if wish.family.thinks == "level":
        faults = dict.fromkeys(
            wish.has("thinking_budget"),
            f"{wish.wire_name} takes a thinking level in place of a budget. Leave it empty.",
        )
        levels = levels_of(wish.wire_name)
        if level is not None and level not in levels:
            faults["thinking_level"] = f"{wish.wire_name} takes one of: {', '.join(levels)}."
        return faults
    if level is not None and wish.family.prefix:
        return {"thinking_level": f"{wish.wire_name} takes a thinking budget in place of a level. Leave it empty."}
    if level is not None and "thinking_budget" in wish.values:
        return {"thinking_level": "A model takes a thinking level or a budget, not both. Clear one of them."}
    return {}


def _budget_of_gemini(wish: Wish) -> dict[str, str]:
    if wish.dialect not in ("gemini", "vertex") or wish.claude:
        return {}
    if wish.family.thinks == "never":
        names = wish.has("thinking_level", "thinking_budget", "include_thoughts")
        return dict.fromkeys(names, f"{wish.wire_name} does not think first. Leave it empty.")
    budget = wish.values.get("thinking_budget")
    known = next((row for row in GEMINIS if re.search(row.name, wish.wire_name.lower())), None)
    if known is None or not isinstance(budget, int) or budget == -1:
        return {}
    if budget == 0:
        return {} if known.may_be_off else {"thinking_budget": f"{wish.wire_name} always thinks. Choose −1, or more."}
    if known.least <= budget <= known.most:
        return {}
    return {"thinking_budget": f"{wish.wire_name} takes {known.least:,} to {known.most:,} tokens, or −1 to decide."}


def _claude_among_geminis(wish: Wish) -> dict[str, str]:
    if wish.dialect != "vertex":
        return {}
    if not wish.claude:
        return dict.fromkeys(wish.has("effort"), "Only Claude takes an effort. Leave it empty.")
    own = ("presence_penalty", "frequency_penalty", "thinking_level", "include_thoughts")
    faults = dict.fromkeys(wish.has(*own), "Claude does not know this option. Leave it empty.")
    temperature, budget = wish.values.get("temperature"), wish.values.get("thinking_budget")
    if isinstance(temperature, int | float) and temperature > 1:
        faults["temperature"] = "Claude takes a temperature from 0 to 1."
    if isinstance(budget, int) and budget < CLAUDES_LEAST_BUDGET:
        faults["thinking_budget"] = f"Claude thinks with {CLAUDES_LEAST_BUDGET:,} tokens or more, or not at all."
    return faults


RULES: tuple[Rule, ...] = (
    _never_sampled,
    _sampled_or_reasoning,
    _efforts_of_the_family,
    _temperature_or_top_p,
    _room_beside_thinking,
    _sampled_or_thinking,
    _thinking_of_others,
    _effort_of_no_reasoning,
    _level_of_gemini,
    _budget_of_gemini,
    _claude_among_geminis,
)
"""All rules; of several sentences for one option the first is shown."""


def refused_together(wish: Wish) -> dict[str, str]:
    """A sentence for each option that this model, or another option, rules out."""
    faults: dict[str, str] = {}
    for rule in RULES:
        for name, sentence in rule(wish).items():
            faults.setdefault(name, sentence)
    return faults
