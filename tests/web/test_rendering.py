"""Words for times, numbers and statuses."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.faults import Category
from portal.web import rendering as say

NOW = datetime(2026, 11, 20, 14, 3, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=2), "just now"),
        (timedelta(seconds=12), "12 s ago"),
        (timedelta(seconds=100), "2 min ago"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(hours=23), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=17), "3 Nov"),
        (timedelta(days=400), "16 Oct 2025"),
        (timedelta(minutes=-6), "in 6 min"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_a_time_is_told_relative_to_now(gap, words):
    assert say.say_ago(NOW - gap, NOW) == words


def test_a_time_carries_its_exact_self():
    told = say.Clockwork(lambda: NOW).ago(NOW - timedelta(minutes=4))

    assert told == (
        '<time datetime="2026-11-20T13:59:22Z" title="20 November 2026, 13:59:22 UTC" data-relative tabindex="0">'
        "4 min ago</time>"
    )


def test_what_never_happened_is_said_in_words():
    assert say.Clockwork(lambda: NOW).ago(None, "not yet") == "not yet"


def test_a_time_that_sqlite_lost_the_zone_of_is_utc():
    assert "13:59:22Z" in say.Clockwork(lambda: NOW).clock(datetime(2026, 11, 20, 13, 59, 22))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (say.say_compactly(400_000), "400 k"),
        (say.say_compactly(11_400_000), "11.4 M"),
        (say.say_compactly(512), "512"),
        (say.say_count(24, "model"), "24 models"),
        (say.say_count(1, "model"), "1 model"),
        (say.say_count(0, "model"), "no models"),
        (say.say_count(2, "person", "people"), "2 people"),
        (say.say_money(1.75), "$1.75"),
        (say.say_money(0.009), "$0.009"),
        (say.say_money(None), "no price"),
        (say.say_bytes(5 * 1024 * 1024), "5 MiB"),
        (say.say_number(3208), "3,208"),
        (say.say_in_words(2), "two"),
        (say.say_initials("Ada Marsh"), "AM"),
        (say.say_initials("Prince"), "P"),
        (say.say_fingerprint("4f9a01c2"), "4f9a\u200901c2"),
    ],
)
def test_numbers_have_units_and_names_have_initials(told, words):
    assert told == words


@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_a_word_and_a_mark(category):
    said = say.say_status(category)

    assert said.kind in ("good", "attention", "bad", "unknown")
    assert category in say.STATUSES


def test_what_was_never_checked_is_unknown_not_good():
    assert say.say_status(None) == ("unknown", "Never tested")
