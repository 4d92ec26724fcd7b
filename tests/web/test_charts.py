"""Geometry of the small charts, and the sentences that stand for them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from portal.web.charts import cut_teeth, draw_latency, draw_spark, draw_strip, say_ms

CHECKS = st.lists(st.none() | st.floats(0, 200_000), max_size=200)


def test_no_checks_draw_nothing():
    assert draw_spark([]).label == "No checks yet"
    assert draw_spark([]).line == ""


def test_a_missed_check_stands_upright_and_breaks_the_line():
    spark = draw_spark([200, 220, None, 210])

    assert spark.missed == "M48 3v14"
    assert spark.line.count("M") == 2
    assert spark.label == "Latency of the last 4 checks: 200 ms to 220 ms, 1 failed"


def test_a_line_that_ends_in_a_miss_has_no_end_point():
    assert draw_spark([200, None]).end is None


def test_one_check_alone_stands_where_now_is():
    assert draw_spark([210]).end == ("72", "3")
    assert draw_spark([None]).missed == "M72 3v14"


def test_days_are_as_tall_as_their_trouble():
    strip = draw_strip(["good", "attention", "bad", None])

    assert dict(strip.paths) == {
        "good": "M0 28h7v12h-7z",
        "attention": "M10 16h7v24h-7z",
        "bad": "M20 2h7v38h-7z",
        "unknown": "M30 37h7v3h-7z",
    }
    assert strip.label == "Of 4 days: 1 good, 1 with attention, 1 bad, 1 without a check."
    assert strip.width == 37


def test_a_strip_says_how_today_is():
    assert draw_strip(["good", "bad"]).label.endswith("Today is bad.")


def test_latency_tells_the_middle_and_nine_in_ten():
    chart = draw_latency([100] * 8 + [900] * 2)

    assert (chart.middle, chart.most) == (100, 900)
    assert chart.axis == ("1.5 s", "1 s", "500 ms", "0")


def test_where_nothing_answered_the_ground_says_so():
    chart = draw_latency([100, 110, None, None, 120])

    assert len(chart.gaps) == 1
    assert chart.label.endswith("2 did not answer.")


def test_a_key_has_eight_teeth_cut_by_its_digits():
    path = cut_teeth("4f9a01c2")

    assert path.startswith("M0 0h31v2H0z M0 3h3v4.4h-3z M4 3h3v11.0h-3z")
    assert len(re.findall(r"h-3z", path)) == 8


def test_milliseconds_become_seconds_when_they_are_many():
    assert [say_ms(value) for value in (0.4, 212, 4_100, 4_000, 95_000)] == ["0 ms", "212 ms", "4.1 s", "4 s", "95 s"]


@given(CHECKS)
def test_every_series_of_checks_can_be_drawn_inside_its_frame(checks):
    for drawn in (draw_spark(checks).line, draw_latency(checks).line):
        for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", drawn):
            assert 0 <= float(x) <= 584
            assert 0 <= float(y) <= 104
