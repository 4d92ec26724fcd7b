"""What templates can say: times, numbers with their units, marks and small charts, and the addresses of assets."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from markupsafe import Markup

from portal.domain import health
from portal.domain.faults import PASSING, Step
from portal.domain.health import NEVER_TESTED, OFF
from portal.web import charts
from portal.web.addresses import fixed_url
from portal.web.context import runtime
from portal.web.imported_templates import ImportedTemplate
from portal.web.zones import reader_zone

STATIC = Path(__file__).resolve().parents[2] / "static"
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
VENDOR_VERSION = version("bootstrap-flask")


class StatusWords(NamedTuple):
    """A status as people meet it: the kind of its mark, and its word."""

    kind: str
    word: str


STATUSES: dict[str | None, StatusWords] = {
    None: StatusWords(NEVER_TESTED.level, NEVER_TESTED.word),
    "off": StatusWords(OFF.level, OFF.word),
    "not_testable": StatusWords("unknown", "Not testable"),
} | {category: StatusWords(verdict.level, verdict.word) for category, verdict in health.VERDICTS.items()}


def say_status(category: str | None) -> StatusWords:
    """The mark and word for a check's category; also for "off", "not_testable" and None (never tested)."""
    return STATUSES.get(category or None, StatusWords("unknown", str(category).replace("_", " ").capitalize()))


def is_passing(category: str) -> bool:
    """Whether a fault may go away by itself."""
    return category in PASSING


def say_ago(moment: datetime, now: datetime) -> str:
    """ "just now", "12 s ago", "4 min ago", "yesterday", "3 Nov"; a moment to come is "in 5 min"."""
    gap = now - moment
    seconds = abs(gap.total_seconds())
    if seconds < 5:
        return "just now"
    if gap > timedelta(hours=22):
        days = (now.date() - moment.date()).days
        if days <= 1:
            return "yesterday"
        return f"{days} days ago" if days < 7 else say_day(moment, now)
    if seconds < 90:
        amount = f"{round(seconds)} s"
    elif seconds < 90 * 60:
        amount = f"{round(seconds / 60)} min"
    elif seconds < 36 * 3600:
        amount = f"{round(seconds / 3600)} h"
    else:
        amount = f"{round(seconds / 86400)} days"
    return f"in {amount}" if gap < timedelta() else f"{amount} ago"


def say_day(moment: date, now: datetime) -> str:
    """ "3 Nov", with the year when it is another one."""
    return f"{moment.day} {moment:%b}" + ("" if moment.year == now.year else f" {moment.year}")


def say_exactly(moment: datetime) -> str:
    """ "20 November 2026, 14:03:22 UTC": in the zone of the moment."""
    return f"{moment.day} {moment:%B %Y, %H:%M:%S %Z}"


def say_number(value: float | Decimal) -> str:
    """1204 → "1,204"."""
    return f"{value:,}"


def say_compactly(value: float) -> str:
    """400000 → "400 k", 11400000 → "11.4 M"; for sizes that nobody counts one by one."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + f" {letter}"
    return f"{value:g}"


def say_count(value: int, one: str, many: str = "") -> str:
    """24, "model" → "24 models"; 1 → "1 model"; 0 → "no models"."""
    word = one if value == 1 else (many or f"{one}s")
    return f"{value:,} {word}" if value else f"no {word}"


STEPS_DONE = {
    "getting a token": "token fetched",
    "looking up the host": "host found",
    "connecting": "connected",
    "securing the connection": "secured",
    "waiting for the answer": "answered",
    "reading the answer": "read",
}


def say_steps(steps: Sequence[Step], answered: bool) -> str:
    """(("connecting", 31), …) → "connected in 31 ms · answered in 180 ms"; without an answer the last is unfinished."""
    said = [f"{STEPS_DONE.get(doing, doing)} in {charts.say_ms(took)}" for doing, took in steps]
    if steps and not answered:
        said[-1] = f"given up while {steps[-1][0]}, after {charts.say_ms(steps[-1][1])}"
    elif steps and "connecting" not in dict(steps):
        said.insert(0, "over an open connection")
    return " · ".join(said)


def say_in_words(value: int) -> str:
    """Up to twelve as a word."""
    return WORDS[value] if 0 <= value < len(WORDS) else f"{value:,}"


def say_money(value: float | Decimal | None) -> str:
    """1.75 → "$1.75", 0.009 → "$0.009"; None is "no price"."""
    if value is None:
        return "no price"
    return f"${value:,.2f}" if value >= Decimal("0.1") or not value else f"${value:.4f}".rstrip("0")


def say_bytes(value: int) -> str:
    """5242880 → "5 MiB"."""
    size = float(value)
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.1f}".removesuffix(".0") + f" {unit}"
        size /= 1024
    return f"{size:.1f}".removesuffix(".0") + " GiB"


def say_fingerprint(fingerprint: str) -> str:
    """ "4f9a01c2" → "4f9a 01c2", with a thin space."""
    return f"{fingerprint[:4]}\u2009{fingerprint[4:]}"


def say_initials(name: str) -> str:
    """ "Ada Marsh" → "AM"."""
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


NOTHING, TIME_AT, TITLED, ENDED = Markup(), Markup('<time datetime="'), Markup('" title="'), Markup("</time>")
SAYS = {
    (False, False): Markup('">'),
    (False, True): Markup('" tabindex="0">'),
    (True, False): Markup('" data-relative>'),
    (True, True): Markup('" data-relative tabindex="0">'),
}
"""A <time> in pieces that are joined, which escapes what stands between them and costs a third of a format."""


class Clockwork:
    """The filters that need to know what time it is, and where the reader's clock stands."""

    def __init__(self, now: Callable[[], datetime], zone: Callable[[], tzinfo] = lambda: UTC) -> None:
        self._zone = zone
        self._clock = now

    def _now(self) -> datetime:
        return self._clock().astimezone(self._zone())

    def _local(self, moment: datetime) -> datetime:
        return _utc(moment).astimezone(self._zone())

    def _element(
        self, moment: datetime | None, words: str, never: str, *, relative: bool = False, focusable: bool = False
    ) -> Markup | str:
        if moment is None:
            return never
        exactly = say_exactly(self._local(moment))
        return NOTHING.join(
            (TIME_AT, f"{_utc(moment):%Y-%m-%dT%H:%M:%SZ}", TITLED, exactly, SAYS[relative, focusable], words, ENDED)
        )

    def ago(self, moment: datetime | None, never: str = "never", focusable: bool = True) -> Markup | str:
        """A <time> that says how long ago; the exact time on hover and focus. In a link, `focusable=false`."""
        words = say_ago(self._local(moment), self._now()) if moment else ""
        return self._element(moment, words, never, relative=True, focusable=focusable)

    def day(self, moment: datetime | None, never: str = "never") -> Markup | str:
        """A <time> that names the day: "3 Nov"."""
        return self._element(moment, say_day(self._local(moment), self._now()) if moment else "", never)

    def clock(self, moment: datetime | None, never: str = "never") -> Markup | str:
        """A <time> to the second: "14:03:22"."""
        return self._element(moment, f"{self._local(moment):%H:%M:%S}" if moment else "", never)

    def at(self, moment: datetime | None, never: str = "never") -> Markup | str:
        """A <time> within a sentence: "09:41 today", "09:41 yesterday", "09:41 on 3 Nov"."""
        if moment is None:
            return never
        local = self._local(moment)
        days = (self._now().date() - local.date()).days
        day = {0: "today", 1: "yesterday"}.get(days, f"on {say_day(local, self._now())}")
        return self._element(moment, f"{local:%H:%M} {day}", never)

    def age(self, moment: datetime) -> str:
        """How many days old: "17 days", "today"."""
        days = (self._now().date() - self._local(moment).date()).days
        return say_count(days, "day") if days > 0 else "today"


class Assets:
    """Addresses of our own files, with a hash of the content, so that browsers may keep them for good."""

    def __init__(self, folder: Path, *, changing: bool = False) -> None:
        self._folder = folder
        self._changing = changing
        self._known: dict[str, tuple[int, str]] = {}

    def hash_of(self, name: str) -> str:
        """Eight digits that change with the file.

        Where files are `changing`, it is read again when it was written again; else it stays, as templates do.
        """
        known = self._known.get(name)
        if known is not None and not self._changing:
            return known[1]
        path = self._folder / name
        written = path.stat().st_mtime_ns
        if known is None or known[0] != written:
            known = (written, hashlib.sha256(path.read_bytes()).hexdigest()[:8])
            self._known[name] = known
        return known[1]

    def url(self, name: str) -> str:
        return fixed_url("static", filename=name, v=self.hash_of(name))


def vendor_url(name: str) -> str:
    """The address of a file of Bootstrap, as the extension serves it from this machine."""
    return fixed_url("bootstrap.static", filename=name, v=VENDOR_VERSION)


def install(app: Flask) -> None:
    """Give every template its filters and globals."""
    clockwork = Clockwork(lambda: runtime().now(), reader_zone)
    app.jinja_env.template_class = ImportedTemplate
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.filters.update(
        ago=clockwork.ago,
        day=clockwork.day,
        clock=clockwork.clock,
        at=clockwork.at,
        age=clockwork.age,
        ms=charts.say_ms,
        number=say_number,
        compact=say_compactly,
        money=say_money,
        bytes=say_bytes,
        in_words=say_in_words,
        counted=say_count,
        steps=say_steps,
        initials=say_initials,
        teeth=charts.cut_teeth,
        fingerprint=say_fingerprint,
    )
    app.jinja_env.globals.update(
        asset_url=Assets(STATIC, changing=app.debug).url,
        vendor_url=vendor_url,
        status_words=say_status,
        draw_spark=charts.draw_spark,
        draw_strip=charts.draw_strip,
        draw_latency=charts.draw_latency,
        draw_latency_days=charts.draw_latency_days,
    )
