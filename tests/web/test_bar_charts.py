"""Bars: their geometry, their axis, and the sentence that says the same."""

from decimal import Decimal

import pytest

from portal.web.bar_charts import draw_bars


def test_nothing_is_said_in_words_and_not_drawn():
    drawn = draw_bars([("a", 0), ("b", 0)], "Requests", "{:,}".format)
    assert (drawn.path, drawn.label) == ("", "Requests: none on any of 2 days.")
    assert draw_bars([], "Requests", "{:,}".format).path == ""


def test_the_highest_bar_reaches_its_share_of_a_round_ceiling():
    drawn = draw_bars([("2026-11-01", 3), ("2026-11-02", 0), ("2026-11-03", 4)], "Requests", "{:,}".format)
    assert drawn.axis == ("4", "2", "0")
    assert drawn.path.count("M") == 2
    assert "M416.6 8h" in drawn.path
    assert drawn.label == "Requests of 3 days: 7 in all, most on 2026-11-03 with 4, none on 1 of them."


@pytest.mark.parametrize(
    ("most", "axis"),
    [
        (1, ("1", "0.5", "0")),
        (7, ("8", "4", "0")),
        (99, ("100", "50", "0")),
        (1_234_567, ("2,000,000", "1,000,000", "0")),
    ],
)
def test_an_axis_ends_at_a_round_number(most: int, axis: tuple[str, ...]):
    assert draw_bars([("a", most)], "Requests", "{:,}".format).axis == axis


def test_little_money_has_an_axis_of_its_own_and_a_bar_that_is_seen():
    drawn = draw_bars([("a", Decimal("0.034")), ("b", Decimal("0.0001"))], "Cost", lambda cost: f"${cost:,.2f}")
    assert drawn.axis == ("$0.04", "$0.02", "0")
    assert "v1h" in drawn.path
