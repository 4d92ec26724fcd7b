"""What a request may hold beside the messages: a schema as data, and the reading of what people typed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from portal.domain import typed_numbers
from portal.domain.combinations import LEVELS, OptionValues, Wish, refused_together

MOST_TOKENS = 10_000_000


class Kind(StrEnum):
    """What sort of value an option takes; forms, validation and JSON Schema are drawn from it."""

    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"


@dataclass(frozen=True)
class Option:
    """One option as people meet it. An option that is not set is not sent; `blank` says what happens then."""

    name: str
    label: str
    help: str
    kind: Kind
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    step: float | None = None
    choices: tuple[str, ...] = ()
    blank: str = "The provider decides."

    @property
    def range(self) -> str:
        """The range in words: `0 to 2`, `one of: low, high`; empty where there is none."""
        if self.kind is Kind.SWITCH:
            return "yes or no"
        if self.choices:
            return f"one of: {', '.join(self.choices)}"
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is None or self.maximum is None:
            return "" if self.minimum is None else f"{self.minimum:g} or more{unit}"
        return f"{self.minimum:,g} to {self.maximum:,.10g}{unit}"


COMPRESSION_THRESHOLD = Option(
    "compression_threshold",
    "Compression threshold",
    "How full a chat may get of what the model can read before its older part is summarised. At 0 that is done by "
    "hand alone. The portal keeps to it; no provider is sent it.",
    Kind.INTEGER,
    minimum=0,
    maximum=100,
    unit="%",
    step=1,
    blank="70 %.",
)
MAX_OUTPUT_TOKENS = Option(
    "max_output_tokens",
    "Max output tokens",
    "The longest answer it may give. Reasoning counts too, so a small number can leave no room for words.",
    Kind.INTEGER,
    minimum=1,
    maximum=MOST_TOKENS,
    unit="tokens",
    step=1,
)
TEMPERATURE = Option(
    "temperature",
    "Temperature",
    "How freely it chooses words: low is steady, high is varied.",
    Kind.NUMBER,
    minimum=0,
    maximum=2,
    step=0.1,
)
TOP_P = Option(
    "top_p",
    "Top p",
    "It chooses only among the likeliest words that together reach this share. Change this or temperature, not both.",
    Kind.NUMBER,
    minimum=0,
    maximum=1,
    step=0.05,
)

TOP_K = Option(
    "top_k",
    "Top k",
    "It chooses only among this many of the likeliest words.",
    Kind.INTEGER,
    minimum=1,
    maximum=1_000_000,
    step=1,
)
PRESENCE_PENALTY = Option(
    "presence_penalty",
    "Presence penalty",
    "Above zero it turns to new subjects; below, it stays with what was said.",
    Kind.NUMBER,
    minimum=-2,
    maximum=2,
    step=0.1,
)
FREQUENCY_PENALTY = Option(
    "frequency_penalty",
    "Frequency penalty",
    "Above zero it repeats words less often; below, more often.",
    Kind.NUMBER,
    minimum=-2,
    maximum=2,
    step=0.1,
)
REASONING_EFFORT = Option(
    "reasoning_effort",
    "Reasoning effort",
    "How much it thinks before it answers. More is slower, dearer and often better; each model takes some of these.",
    Kind.CHOICE,
    choices=("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    blank="The model’s own default.",
)
MAX_COMPLETION_TOKENS = Option(
    "max_completion_tokens",
    "Max completion tokens",
    "The same limit in the words of newer models. When both are set, this one is sent.",
    Kind.INTEGER,
    minimum=1,
    maximum=MOST_TOKENS,
    unit="tokens",
    step=1,
)
PARALLEL_TOOL_CALLS = Option(
    "parallel_tool_calls",
    "Parallel tool calls",
    "Whether it may call several tools at once. Sent only along with tools.",
    Kind.SWITCH,
)
THINKING_BUDGET = Option(
    "thinking_budget",
    "Thinking budget",
    "How many tokens it may think before it answers. Newer models set their own pace, and this only lets them think.",
    Kind.INTEGER,
    minimum=1024,
    maximum=MOST_TOKENS,
    unit="tokens",
    step=1,
    blank="It answers without thinking aloud first.",
)
GEMINIS_BUDGET = replace(
    THINKING_BUDGET,
    help=(
        "How many tokens it may think before it answers, for Gemini 2.5. −1 lets it decide, and 0 turns thinking off "
        "where it can be."
    ),
    minimum=-1,
    maximum=65_536,
    blank="The model decides.",
)
THINKING_LEVEL = Option(
    "thinking_level",
    "Thinking level",
    "How much it thinks before it answers, for Gemini 3 and later; older ones take a budget in its place.",
    Kind.CHOICE,
    choices=LEVELS,
    blank="The model decides.",
)
INCLUDE_THOUGHTS = Option(
    "include_thoughts",
    "Include thoughts",
    "Whether it also gives a summary of what it thought.",
    Kind.SWITCH,
    blank="Thoughts stay with the model.",
)
EFFORT = Option(
    "effort",
    "Effort",
    "How thorough it is, in thinking and in words. More is slower and dearer; each model takes some of these.",
    Kind.CHOICE,
    choices=("low", "medium", "high", "xhigh", "max"),
    blank="The model’s own default.",
)
REASONING_ENABLED = Option(
    "reasoning_enabled",
    "Reasoning",
    "Whether a model that can think before it answers does so.",
    Kind.SWITCH,
    blank="The model’s own default.",
)

_USUAL = (MAX_OUTPUT_TOKENS, TEMPERATURE, TOP_P)
_PENALTIES = (PRESENCE_PENALTY, FREQUENCY_PENALTY)
_OPENAI = (*_USUAL, *_PENALTIES, REASONING_EFFORT, MAX_COMPLETION_TOKENS, PARALLEL_TOOL_CALLS)
_ROUTED = (*_USUAL, TOP_K, *_PENALTIES, REASONING_ENABLED, REASONING_EFFORT)
_CLAUDE = (MAX_OUTPUT_TOKENS, replace(TEMPERATURE, maximum=1), TOP_P, TOP_K, THINKING_BUDGET, EFFORT)
_GEMINI = (*_USUAL, TOP_K, *_PENALTIES, THINKING_LEVEL, GEMINIS_BUDGET, INCLUDE_THOUGHTS)


def _with_efforts(*choices: str) -> Option:
    return replace(REASONING_EFFORT, choices=choices)


BY_DIALECT: dict[str, tuple[Option, ...]] = {
    "openai": (*_USUAL, TOP_K, *_PENALTIES),
    "anthropic": _CLAUDE,
    "bedrock": _CLAUDE,
    "gemini": _GEMINI,
    "vertex": (*_GEMINI, replace(EFFORT, help=f"For Claude only. {EFFORT.help}")),
    "demo": (MAX_OUTPUT_TOKENS,),
}
"""The options of each dialect, in the order in which forms show them."""

BY_TYPE: dict[str, tuple[Option, ...]] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "openrouter": _ROUTED,
    "vercel": _ROUTED,
    "groq": (*_USUAL, _with_efforts("none", "default", "low", "medium", "high")),
    "mistral": (*_USUAL, *_PENALTIES, _with_efforts("none", "minimal", "low", "medium", "high", "xhigh", "max")),
    "deepseek": (*_USUAL, *_PENALTIES),
    "together": (*_USUAL, TOP_K, *_PENALTIES, _with_efforts("low", "medium", "high")),
    "fireworks": (*_USUAL, TOP_K, *_PENALTIES, _with_efforts("none", "low", "medium", "high")),
    "ollama": (*_USUAL, *_PENALTIES, _with_efforts("none", "low", "medium", "high")),
}
"""The same for provider types that differ from their dialect."""


def options_for(dialect: str, type_name: str = "") -> tuple[Option, ...]:
    """The options of a provider type, else those of its dialect; and the one that the portal itself keeps to."""
    sent = BY_TYPE.get(type_name) or BY_DIALECT.get(dialect, ())
    return (*sent, COMPRESSION_THRESHOLD) if sent else ()


def parse(
    dialect: str, raw: OptionValues, *, type_name: str = "", wire_name: str = ""
) -> tuple[OptionValues, dict[str, str]]:
    """The options that are set, clean, and a sentence for each that cannot be used. Blank means not set."""
    known = {option.name: option for option in options_for(dialect, type_name)}
    clean: dict[str, object] = {}
    faults: dict[str, str] = {}
    for name, value in raw.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        option = known.get(name)
        if option is None:
            faults[name] = f"There is no option “{name}” for this kind of provider. Leave it out."
            continue
        read = _READERS[option.kind](option, value)
        if isinstance(read, _Fault):
            faults[name] = read.sentence
        else:
            clean[name] = read
    for name, sentence in refused_together(Wish(dialect, type_name, wire_name, clean)).items():
        faults.setdefault(name, sentence)
    return {name: value for name, value in clean.items() if name not in faults}, faults


@dataclass(frozen=True)
class _Fault:
    sentence: str


def _typed_number(text: str, whole: bool) -> float:
    """Raises `ValueError` where it is no number, or not plain which one."""
    typed = text.strip()
    number = (typed_numbers.whole if whole else typed_numbers.decimal)(typed.removeprefix("-"))
    if number is None:
        raise ValueError
    return -float(number) if typed.startswith("-") else float(number)


def _read_number(option: Option, value: object) -> "int | float | _Fault":
    whole = option.kind is Kind.INTEGER
    number: int | float
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = _typed_number(value, whole) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or (whole and number != int(number)):
        return _Fault("Write a whole number, such as 4096." if whole else "Write a number with a point, such as 0.7.")
    low = option.minimum is not None and number < option.minimum
    high = option.maximum is not None and number > option.maximum
    if low or high:
        return _Fault(f"Choose {option.range}, or leave it empty.")
    return int(number) if whole else number


def _read_choice(option: Option, value: object) -> "str | _Fault":
    word = value.strip() if isinstance(value, str) else ""
    return word if word in option.choices else _Fault(f"Choose {option.range}.")


def _read_switch(_option: Option, value: object) -> "bool | _Fault":
    word = str(value).strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    return False if word in ("false", "no", "off", "0") else _Fault("Choose yes or no.")


_READERS: dict[Kind, Callable[[Option, object], object]] = {
    Kind.INTEGER: _read_number,
    Kind.NUMBER: _read_number,
    Kind.CHOICE: _read_choice,
    Kind.SWITCH: _read_switch,
}
