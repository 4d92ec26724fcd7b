"""Geometry of the small charts: numbers in, path data and a sentence out. The templates add classes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import ceil
from typing import NamedTuple, Protocol

SPARK_WIDTH, SPARK_TOP, SPARK_DEPTH = 72.0, 3.0, 14.0
STRIP_HEIGHTS = {"unknown": 3, "good": 12, "attention": 24, "bad": 38}
STRIP_FOOT, STRIP_STEP, STRIP_BAR = 40, 10, 7
CHART_WIDTH, CHART_TOP, CHART_FOOT = 584.0, 8.0, 96.0
CHART_BUCKETS = 60
CEILINGS = (30, 60, 150, 300, 600, 1_500, 3_000, 6_000, 15_000, 30_000, 60_000, 180_000, 600_000)


@dataclass(frozen=True)
class Spark:
    """One line through what answered, an upright tick for what did not."""

    label: str
    line: str = ""
    missed: str = ""
    end: tuple[str, str] | None = None


def draw_spark(latencies: Sequence[float | None]) -> Spark:
    """The newest checks, oldest first, in milliseconds; None is a check without an answer."""
    answered = [value for value in latencies if value is not None]
    missed = len(latencies) - len(answered)
    if not latencies:
        return Spark("No checks yet")
    step = SPARK_WIDTH / max(len(latencies) - 1, 1)
    most, least = max(answered, default=0), min(answered, default=0)
    # A steady line stays calm: the scale never opens less than half of the largest value.
    span = max(most - least, most * 0.5, 1)
    line, ticks, pen_down = [], [], False
    start = SPARK_WIDTH - step * (len(latencies) - 1)  # one check alone stands at the right, where "now" is
    for place, value in enumerate(latencies):
        x = _n(start + place * step)
        if value is None:
            ticks.append(f"M{x} 3v14")
        else:
            line.append(f"{'L' if pen_down else 'M'}{x} {_n(SPARK_TOP + SPARK_DEPTH * (most - value) / span)}")
        pen_down = value is not None
    last = latencies[-1]
    end = None
    if last is not None:
        end = (_n(SPARK_WIDTH), _n(SPARK_TOP + SPARK_DEPTH * (most - last) / span))
    told = f"Latency of the last {_plural(len(latencies), 'check')}: "
    told += f"{_span(least, most)}" if answered else "none answered"
    if missed and answered:
        told += f", {missed} failed"
    return Spark(told, "".join(line), "".join(ticks), end)


@dataclass(frozen=True)
class Strip:
    """One bar a day: a calm day lies low, a bad one stands up."""

    label: str
    width: int
    paths: tuple[tuple[str, str], ...]
    counts: dict[str, int]


def draw_strip(days: Sequence[str | None]) -> Strip:
    """The worst status of each day, oldest first: good, attention, bad, or unknown (None)."""
    kinds = [day or "unknown" for day in days]
    paths = []
    for kind, height in STRIP_HEIGHTS.items():
        bars = " ".join(
            f"M{place * STRIP_STEP} {STRIP_FOOT - height}h{STRIP_BAR}v{height}h-{STRIP_BAR}z"
            for place, day in enumerate(kinds)
            if day == kind
        )
        if bars:
            paths.append((kind, bars))
    counts = {kind: kinds.count(kind) for kind in STRIP_HEIGHTS}
    words = {"good": "good", "attention": "with attention", "bad": "bad", "unknown": "without a check"}
    told = ", ".join(f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind])
    label = f"Of {_plural(len(kinds), 'day')}: {told}." if kinds else "No days yet."
    if kinds and kinds[-1] != "unknown":
        label += f" Today is {words[kinds[-1]]}."
    return Strip(label, max(len(kinds) * STRIP_STEP - (STRIP_STEP - STRIP_BAR), 1), tuple(paths), counts)


@dataclass(frozen=True)
class LatencyChart:
    """The middle latency as a line, nine in ten as a band around it, and grounds where nothing answered."""

    label: str
    line: str = ""
    band: str = ""
    gaps: tuple[tuple[str, str], ...] = ()
    grid: tuple[str, ...] = ()
    axis: tuple[str, ...] = ()
    middle: float = 0
    most: float = 0
    buckets: int = field(default=0, repr=False)


class Spread(Protocol):
    """The latencies of some checks: nine in ten lie between `low` and `high`, half below `middle`."""

    @property
    def low(self) -> float: ...
    @property
    def middle(self) -> float: ...
    @property
    def high(self) -> float: ...


class Days(Protocol):
    """The latencies of many checks, day by day; None is a day on which none answered."""

    @property
    def spreads(self) -> Sequence[Spread | None]: ...
    @property
    def middle(self) -> float: ...
    @property
    def most(self) -> float: ...
    @property
    def answered(self) -> int: ...
    @property
    def failed(self) -> int: ...


class Bucket(NamedTuple):
    """Some checks drawn as one place of the line."""

    low: float
    middle: float
    high: float


def draw_latency(points: Sequence[float | None]) -> LatencyChart:
    """Checks in order, oldest first, in milliseconds; None is a check without an answer."""
    answered = sorted(value for value in points if value is not None)
    if not answered:
        return LatencyChart("No check has answered yet.")
    size = ceil(len(points) / CHART_BUCKETS)
    buckets = [_bucket(points[start : start + size]) for start in range(0, len(points), size)]
    middle, most = _rank(answered, 0.5), _rank(answered, 0.9)
    label = _told_of_checks(middle, most, len(answered), len(points) - len(answered))
    return _draw(buckets, ceiling=answered[-1], middle=middle, most=most, label=label)


def draw_latency_days(days: Days) -> LatencyChart:
    """The same for so many checks that they are known by their days."""
    highest = max((spread.high for spread in days.spreads if spread), default=None)
    if highest is None:
        return LatencyChart("No check has answered yet.")
    label = _told_of_checks(days.middle, days.most, days.answered, days.failed)
    return _draw(days.spreads, ceiling=highest, middle=days.middle, most=days.most, label=label)


def draw_first_words(days: Sequence[tuple[int, int] | None], middle: float, most: float) -> LatencyChart:
    """How long first words took, by day, oldest first: half of them and nineteen in twenty came within these.

    `middle` and `most` are the same of all days together. None is a day without any.
    """
    spreads = [Bucket(half, half, longest) for half, longest in filter(None, days)]
    if not spreads:
        return LatencyChart("No answer came in pieces.")
    label = f"First words of {_plural(len(days), 'day')}: "
    label += f"half came within {say_ms(middle)}, nineteen in twenty within {say_ms(most)}."
    if missed := len(days) - len(spreads):
        label += f" None on {missed:,} of them."
    places = [Bucket(day[0], *day) if day else None for day in days]
    chart = _draw(places, ceiling=max(spread.high for spread in spreads), middle=middle, most=most, label=label)
    return replace(chart, gaps=())  # nobody asked: nothing that needs to be seen


def _told_of_checks(middle: float, most: float, answered: int, failed: int) -> str:
    label = f"Latency of {_plural(answered + failed, 'check')}: "
    label += f"half answer within {say_ms(middle)}, nine in ten within {say_ms(most)}."
    return f"{label} {failed:,} did not answer." if failed else label


def _bucket(points: Sequence[float | None]) -> Bucket | None:
    values = sorted(value for value in points if value is not None)
    return Bucket(*(_rank(values, share) for share in (0.05, 0.5, 0.95))) if values else None


def _draw(buckets: Sequence[Spread | None], *, ceiling: float, middle: float, most: float, label: str) -> LatencyChart:
    ceiling = next((c for c in CEILINGS if c >= ceiling * 1.05), ceiling)
    step = CHART_WIDTH / max(len(buckets) - 1, 1)

    def at(place: int, value: float) -> str:
        return f"{_n(place * step)} {_n(CHART_FOOT - (CHART_FOOT - CHART_TOP) * min(value / ceiling, 1))}"

    line, band, gaps = [], [], []
    for empty, run in groupby(enumerate(buckets), key=lambda item: item[1] is None):
        held = list(run)
        if empty:
            start, stop = (held[0][0] - 0.5) * step, (held[-1][0] + 0.5) * step
            start, stop = max(start, 0), min(stop, CHART_WIDTH)
            gaps.append((_n(start), _n(max(stop - start, 4))))
            continue
        places = [(place, bucket) for place, bucket in held if bucket is not None]
        line.append("M" + "L".join(at(place, bucket.middle) for place, bucket in places))
        if len(places) == 1:
            line.append("h4")
        above = [at(place, bucket.high) for place, bucket in places]
        below = [at(place, bucket.low) for place, bucket in reversed(places)]
        if len(places) > 1:
            band.append("M" + "L".join(above + below) + "Z")
    thirds = [ceiling * part / 3 for part in (3, 2, 1, 0)]
    return LatencyChart(
        label=label,
        line="".join(line),
        band="".join(band),
        gaps=tuple(gaps),
        grid=tuple(_n(CHART_FOOT - (CHART_FOOT - CHART_TOP) * value / ceiling) for value in thirds),
        axis=tuple(say_ms(value) if value else "0" for value in thirds),
        middle=middle,
        most=most,
        buckets=len(buckets),
    )


def say_ms(value: float) -> str:
    """212 → "212 ms", 4100 → "4.1 s", 95000 → "95 s"."""
    if value < 1_000:
        return f"{round(value)} ms"
    seconds = value / 1_000
    return f"{seconds:.1f}".removesuffix(".0") + " s" if seconds < 20 else f"{round(seconds)} s"


def cut_teeth(fingerprint: str) -> str:
    """The path of a key whose eight teeth are the eight hex digits of its fingerprint."""
    cut = "".join(digit for digit in fingerprint.lower() if digit in "0123456789abcdef")
    digits = (cut + "0" * 8)[:8]
    teeth = (f"M{4 * place} 3h3v{2 + 0.6 * int(digit, 16):.1f}h-3z" for place, digit in enumerate(digits))
    return " ".join(["M0 0h31v2H0z", *teeth])


def _rank(values: Sequence[float], share: float) -> float:
    return values[min(int(share * len(values)), len(values) - 1)]


def _span(least: float, most: float) -> str:
    return say_ms(most) if round(least) == round(most) else f"{say_ms(least)} to {say_ms(most)}"


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
