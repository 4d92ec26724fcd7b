"""Latencies kept as a sketch: quantiles of it are near the true ones, and days add up."""

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.latencies import GROWTH, added, quantile, together

LATENCIES = st.lists(st.integers(1, 600_000), min_size=1, max_size=200)


def sketch(values: list[int]) -> dict[str, int]:
    made: dict[str, int] = {}
    for value in values:
        made = added(made, value)
    return made


@given(LATENCIES, st.sampled_from([0.05, 0.5, 0.9, 0.95]))
def test_a_quantile_is_wrong_by_no_more_than_half_a_class(values: list[int], share: float):
    true = sorted(values)[min(int(share * len(values)), len(values) - 1)]
    found = quantile(sketch(values), share)
    assert found is not None
    assert true / GROWTH**0.51 <= found <= true * GROWTH**0.51


@given(LATENCIES, LATENCIES)
def test_two_days_together_are_one_of_both(one: list[int], other: list[int]):
    assert together([sketch(one), sketch(other)]) == sketch(one + other)


def test_no_latency_has_no_quantile():
    assert quantile({}, 0.5) is None
    assert quantile(added({}, 0), 0.5) == 0.5
