"""Reasoning effort: how much a model thinks before it answers, from least to most."""

from portal.domain.combinations import OptionValues, Wish
from portal.domain.options import options_for

EFFORTS: tuple[str, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""From least to most. A model takes some of them."""

_RANK = {effort: rank for rank, effort in enumerate(EFFORTS)}


def known(effort: str) -> bool:
    """True for an effort of the scale; a blank one means that nobody asked for any."""
    return effort in _RANK


def lowered(effort: str, most: str) -> str:
    """`effort`, or `most` where it asks for more than that; a blank `most` sets no limit."""
    if effort not in _RANK or most not in _RANK:
        return effort
    return effort if _RANK[effort] <= _RANK[most] else most


def up_to(most: str) -> tuple[str, ...]:
    """The efforts that people may choose from."""
    return EFFORTS[: _RANK[most] + 1] if most in _RANK else EFFORTS


EFFORT_OPTIONS = ("reasoning_effort", "thinking_level", "effort")
"""The options that carry a reasoning effort, by dialect. Where there are two, `effort` is Claude's."""


def with_effort(
    options: OptionValues, effort: str, dialect: str, type_name: str = "", wire_name: str = ""
) -> OptionValues:
    """The options with this reasoning effort in the place of the configured one; as they are where none is asked for.

    A dialect that has no such option, or not this word for it, is not told.
    """
    carriers = [one for one in options_for(dialect, type_name) if one.name in EFFORT_OPTIONS]
    claude = Wish(dialect, type_name, wire_name, {}).claude
    option = next((one for one in carriers if len(carriers) == 1 or (one.name == "effort") == claude), None)
    if not effort or option is None or effort not in option.choices:
        return options
    return {**options, option.name: effort}
