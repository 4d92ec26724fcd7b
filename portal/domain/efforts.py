"""Reasoning effort: how much a model thinks before it answers, from least to most."""

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
