"""Latencies of a day in a few numbers: how many fell into each of some classes, each 8 % wider than the one before.

From that any quantile can be read, wrong by 4 % at most, and two days can be added up.
"""

import math
from collections.abc import Iterable, Mapping

GROWTH = 1.08
_LOG = math.log(GROWTH)

Sketch = Mapping[str, int]
"""Class → how many; the classes are written as text, for JSON knows no other keys."""


def class_of(latency_ms: float) -> str:
    """The class that a latency falls into."""
    return str(int(math.log(latency_ms) / _LOG) + 1 if latency_ms >= 1 else 0)


def added(sketch: Sketch, latency_ms: float, number: int = 1) -> dict[str, int]:
    """The sketch with one more latency in it, or several equal ones."""
    name = class_of(latency_ms)
    return {**sketch, name: sketch.get(name, 0) + number}


def together(sketches: Iterable[Sketch]) -> dict[str, int]:
    """All of them in one."""
    total: dict[str, int] = {}
    for sketch in sketches:
        for name, number in sketch.items():
            total[name] = total.get(name, 0) + number
    return total


def quantile(sketch: Sketch, share: float) -> float | None:
    """The latency that this share of them stays below, in milliseconds; None when there are none."""
    wanted = share * sum(sketch.values())
    seen = 0
    found = None
    for name in sorted(map(int, sketch)):
        found = name
        seen += sketch[str(name)]
        if seen > wanted:
            break
    if found is None:
        return None
    return 0.5 if found == 0 else GROWTH ** (found - 0.5)
