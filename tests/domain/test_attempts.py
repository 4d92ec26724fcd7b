from datetime import timedelta

import pytest

from portal.domain.attempts import ADDRESS, PAIR, in_words


def test_the_first_failures_cost_nothing_and_then_the_pauses_grow_to_their_longest():
    waits = [PAIR.pause(failures) for failures in range(1, 12)]
    assert waits[: PAIR.free - 1] == [None] * (PAIR.free - 1)
    pauses = waits[PAIR.free - 1 :]
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1] == PAIR.pauses[-1]


@pytest.mark.parametrize("rule", [PAIR, ADDRESS])
def test_a_pause_is_over_before_its_reason_is_forgotten(rule):
    assert max(rule.pauses) < rule.forgotten_after


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (40, "40 seconds"),
        (60, "1 minute"),
        (61, "61 seconds"),
        (299.5, "5 minutes"),
        (301, "6 minutes"),
    ],
)
def test_a_wait_is_worded_as_people_say_it(seconds, words):
    assert in_words(timedelta(seconds=seconds)) == words
