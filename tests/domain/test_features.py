"""What a model is offered for."""

import pytest

from portal.domain.features import FEATURES, NAMES, UMBRELLAS, offers


@pytest.mark.parametrize(
    ("features", "wanted", "offered"),
    [
        (UMBRELLAS, "conversations", True),
        (UMBRELLAS, "conversations.titleGeneration", True),
        (["conversations"], "reviews", False),
        (["reviews"], "reviews.clarity", True),
        (["reviews.clarity"], "reviews.clarity", True),
        (["reviews.clarity"], "reviews", False),
        (["reviews.clarity"], "reviews.translate", False),
        ([], "actions", False),
        ([], "", True),
    ],
)
def test_an_umbrella_stands_for_its_family_and_a_part_only_for_itself(features, wanted, offered):
    assert offers(features, wanted) is offered


def test_every_feature_stands_under_an_umbrella_and_has_its_own_label():
    assert {feature.umbrella for feature in FEATURES} == set(UMBRELLAS)
    assert len({feature.label for feature in FEATURES}) == len(FEATURES) == len(NAMES) == 26
