"""Geometry of a chart with a bar for each day: numbers in, path data and a sentence out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

WIDTH, TOP, FOOT = 584.0, 8.0, 96.0
STEPS = (1, 2, 4, 5, 8, 10)
"""Where an axis may end, times a power of ten."""


@dataclass(frozen=True)
class Bars:
    """Bars over one axis. `label` says the same in words. `path` is blank when every day is zero."""

    label: str
    path: str = ""
    grid: tuple[str, ...] = ()
    axis: tuple[str, ...] = ()


def draw_bars(days: Sequence[tuple[str, int | Decimal]], what: str, say: Callable[[Any], str]) -> Bars:
    """One bar for each day, oldest first; `say` writes a number as the axis and the sentence have it."""
    most_day, most = max(days, key=lambda day: day[1], default=("", 0))
    if not most:
        return Bars(f"{what}: none on any of {len(days):,} days.")
    ceiling = _ceiling(Decimal(most))
    step = WIDTH / len(days)
    width = _n(max(step * 0.72, 0.8))
    bars = []
    for place, (_, value) in enumerate(days):
        height = float(value) / float(ceiling) * (FOOT - TOP)
        if height:
            height = max(height, 1.0)  # little is not nothing
            bars.append(f"M{_n(place * step + step * 0.14)} {_n(FOOT - height)}h{width}v{_n(height)}h-{width}z")
    total = sum((value for _, value in days), start=Decimal(0) if isinstance(most, Decimal) else 0)
    idle = sum(1 for _, value in days if not value)
    told = f"{what} of {len(days):,} days: {say(total)} in all, most on {most_day} with {say(most)}"
    marks = (ceiling, ceiling / 2, Decimal(0))
    return Bars(
        label=told + (f", none on {idle:,} of them." if idle else "."),
        path="".join(bars),
        grid=tuple(_n(FOOT - (FOOT - TOP) * float(mark / ceiling)) for mark in marks),
        axis=tuple(_mark(mark, say) for mark in marks),
    )


def _ceiling(most: Decimal) -> Decimal:
    """The next round number."""
    power = Decimal(10) ** most.adjusted()
    return next(step * power for step in STEPS if step * power >= most)


def _mark(value: Decimal, say: Callable[[Any], str]) -> str:
    if not value:
        return "0"
    return f"{value:,.1f}" if value != int(value) and say(Decimal(1)) == "1" else say(_plain(value))


def _plain(value: Decimal) -> int | Decimal:
    return int(value) if value == int(value) else value


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
