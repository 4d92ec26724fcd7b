"""What a language model may be told beside the question: a schema as data, and the reading of what people typed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from portal.domain.families import family_of

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
        """The range in words: `0 to 2`, `1 or more tokens`; empty where there is none."""
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is None or self.maximum is None:
            return "" if self.minimum is None else f"{self.minimum:g} or more{unit}"
        return f"{self.minimum:,g} to {self.maximum:,.10g}{unit}"


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

BY_DIALECT: dict[str, tuple[Option, ...]] = {
    "openai": (MAX_OUTPUT_TOKENS, TEMPERATURE, TOP_P),
    "anthropic": (MAX_OUTPUT_TOKENS, replace(TEMPERATURE, maximum=1), TOP_P),
    "demo": (MAX_OUTPUT_TOKENS,),
}
"""The options of each dialect, in the order in which forms show them."""

BY_TYPE: dict[str, tuple[Option, ...]] = {}
"""The same for provider types that differ from their dialect."""


def options_for(dialect: str, type_name: str = "") -> tuple[Option, ...]:
    """The options of a provider type, else those of its dialect."""
    return BY_TYPE.get(type_name) or BY_DIALECT.get(dialect, ())


def _never_sampled(dialect: str, values: Mapping[str, object], wire_name: str) -> dict[str, str]:
    if dialect == "demo" or family_of(wire_name).samples:
        return {}
    return {
        name: f"{wire_name} chooses its words itself and refuses this. Leave it empty."
        for name in ("temperature", "top_p")
        if name in values and not (name == "temperature" and dialect == "openai" and values[name] == 1)
    }


def _one_of_two(dialect: str, values: Mapping[str, object], _wire_name: str) -> dict[str, str]:
    if dialect != "anthropic" or not {"temperature", "top_p"} <= values.keys():
        return {}
    return {"top_p": "Anthropic takes a temperature or a top p, not both. Clear one of them."}


TOGETHER: tuple[Callable[[str, Mapping[str, object], str], dict[str, str]], ...] = (_never_sampled, _one_of_two)
"""What a provider rejects for this model or in combination; refused on save, with the reason."""


def parse(
    dialect: str, raw: Mapping[str, object], *, type_name: str = "", wire_name: str = ""
) -> tuple[dict[str, object], dict[str, str]]:
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
    for rule in TOGETHER:
        for name, sentence in rule(dialect, clean, wire_name).items():
            faults.setdefault(name, sentence)
    return {name: value for name, value in clean.items() if name not in faults}, faults


@dataclass(frozen=True)
class _Fault:
    sentence: str


def _read_number(option: Option, value: object) -> "int | float | _Fault":
    whole = option.kind is Kind.INTEGER
    number: int | float
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = float(value)
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
    return word if word in option.choices else _Fault(f"Choose one of: {', '.join(option.choices)}.")


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
