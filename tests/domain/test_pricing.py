"""What an answer costs."""

from decimal import Decimal

import pytest

from portal.domain.pricing import cost, dollars, saved

PRICES = {"input": "1.25", "output": "10", "cache_read": "0.125", "cache_write": "1.5"}


def test_tokens_times_prices():
    assert cost(PRICES, tokens_in=1_000_000, tokens_out=100_000) == Decimal("2.25")


def test_cached_tokens_are_part_of_the_input_and_have_their_own_price():
    spent = cost(PRICES, tokens_in=1_000, tokens_out=0, cache_read=600, cache_write=200)
    assert spent == (200 * Decimal("1.25") + 600 * Decimal("0.125") + 200 * Decimal("1.5")) / 1_000_000


def test_a_cache_price_that_is_not_set_is_the_inputs():
    assert cost({"input": 2, "output": 2}, tokens_in=10, tokens_out=0, cache_read=10) == Decimal("0.00002")


def test_what_is_kept_longer_has_its_own_price_and_without_it_the_highest_that_is_known():
    both = {"cache_write": 100, "cache_write_long": 300}
    plain = 600 * Decimal("1.25") + 100 * Decimal("1.5")
    for own, each in (("2.5", "2.5"), ("0", "0"), (None, "2.5")):
        prices = PRICES if own is None else {**PRICES, "cache_write_long": own}
        spent = cost(prices, tokens_in=1_000, tokens_out=0, **both)
        assert spent == (plain + 300 * Decimal(each)) / 1_000_000
    dear = {**PRICES, "cache_write": "4"}
    assert cost(dear, tokens_in=10, tokens_out=0, cache_write_long=10) == Decimal("0.00004")


@pytest.mark.parametrize("prices", [{}, {"input": "1"}, {"output": "1"}, {"input": "x", "output": "1"}, {"input": ""}])
def test_an_unknown_price_is_not_free(prices):
    assert cost(prices, tokens_in=5, tokens_out=5) is None


def test_without_tokens_there_is_no_cost():
    assert cost(PRICES, tokens_in=None, tokens_out=3) is None


def test_decimals_never_become_floats():
    assert cost({"input": "0.1", "output": "0.2"}, tokens_in=1, tokens_out=1) == Decimal("0.0000003")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "free"),
        ("0.00000001", "under $0.0001"),
        ("0.00034", "$0.0003"),
        ("0.009", "$0.009"),
        ("0.5", "$0.50"),
        ("0.1", "$0.10"),
        ("1234.567", "$1,234.57"),
    ],
)
def test_amounts_for_people(amount, text):
    assert dollars(Decimal(amount)) == text


def test_what_a_cache_saved_is_the_difference_to_plain_tokens():
    assert saved(PRICES, 1_000_000) == Decimal("1.125")
    assert saved({**PRICES, "cache_read": "2"}, 1_000_000) == Decimal("-0.75")
    assert saved({"input": "1"}, 500) == 0, "a cache price that is not set is the input's"
    assert saved({"output": "1"}, 500) is None
    assert saved({}, 0) == 0, "nothing was read"
