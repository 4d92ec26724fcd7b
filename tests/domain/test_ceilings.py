"""A ceiling of an application's own: it narrows what its users reach, and says so where it alone is why."""

import pytest

from portal.domain.catalog_entries import Person
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import Ask, Refusal, Selection, select
from tests.domain.test_layers import CHAT, DEFAULT, catalog


@pytest.mark.parametrize(
    ("patterns", "ceiling", "reached", "reason"),
    [
        (("p1:*",), (), {"m3", "m6"}, None),
        (("p1:*",), ("*:m3",), {"m3"}, Reason.ABOVE_CEILING),
        (("*:m3",), ("p1:*",), {"m3"}, Reason.NOT_ALLOWED),
        (("*:m3",), ("*:m3",), {"m3"}, Reason.NOT_ALLOWED),
        (("*:m3",), ("*:m6",), set(), Reason.NOT_ALLOWED),
        (("p1:*",), ("p2:*",), set(), Reason.ABOVE_CEILING),
        ((), ("p1:*",), set(), Reason.NOT_ALLOWED),
        (None, ("*:m3",), {"m3"}, Reason.ABOVE_CEILING),
    ],
)
def test_a_ceiling_narrows_what_is_reached_and_gives_nothing(
    patterns: tuple[str, ...] | None, ceiling: tuple[str, ...], reached: set[str], reason: Reason | None
) -> None:
    now, who = catalog(), Person(patterns=patterns, ceiling=ceiling)
    found = {
        entry.name for entry in (CHAT, DEFAULT) if isinstance(select(Ask(who, explicit_id=entry.id), now), Selection)
    }
    assert found == reached
    told = select(Ask(who, explicit_id=DEFAULT.id), now)
    assert (told.reason if isinstance(told, Refusal) else None) == reason


def test_layers_pass_over_what_is_above_the_ceiling_and_say_so() -> None:
    now, who = catalog(), Person(patterns=("*:*",), ceiling=("*:m3",))
    answer = select(Ask(who), now)
    assert isinstance(answer, Selection)
    assert answer.language_model_id == CHAT.id
    outcomes = {step.layer: step.outcome for step in answer.trail}
    assert outcomes[Layer.DEFAULT] == Reason.ABOVE_CEILING
    assert answer.layer is Layer.FIRST_USABLE
