"""How long first words took, read from counts of classes: never further off than is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.first_tokens import CLASSES, EDGES, ERROR, quantile


def counts_of(waits: list[int]) -> list[int]:
    """As the sums count them."""
    counts = [0] * CLASSES
    for wait in waits:
        counts[sum(wait > edge for edge in EDGES)] += 1
    return counts


@given(st.lists(st.integers(EDGES[0], EDGES[-1]), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_it_is_off_by_what_is_said_at_most(waits: list[int], share: float):
    told = quantile(counts_of(waits), share)
    exact = sorted(waits)[max(0, -int(-share * len(waits) // 1) - 1)]
    assert abs(told - exact) <= exact * ERROR / 100


@given(st.lists(st.integers(0, 500_000), max_size=30), st.lists(st.integers(0, 500_000), max_size=30))
def test_two_days_can_be_added_up(one: list[int], other: list[int]):
    together = [a + b for a, b in zip(counts_of(one), counts_of(other), strict=True)]
    assert together == counts_of(one + other)


@pytest.mark.parametrize(("wait", "told"), [(0, 20), (20, 20), (96_296, 86_130), (96_297, 96_296), (10**9, 96_296)])
def test_beyond_the_classes_it_tells_their_ends(wait: int, told: int):
    assert quantile(counts_of([wait]), 0.5) == told


def test_of_none_nothing_is_told():
    assert quantile(counts_of([]), 0.5) is None
    assert quantile([], 0.95) is None
