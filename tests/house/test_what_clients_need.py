"""Each need of real clients has a test, and each test that is named for one is there."""

import re
from pathlib import Path

import pytest

from tests.web.gateway.test_what_clients_need import NEEDS

ROOT = Path(__file__).parents[2]


def test_every_need_is_named():
    assert list(NEEDS) == list(range(1, 20))
    assert all(NEEDS.values())


@pytest.mark.parametrize("number", NEEDS)
def test_every_test_that_is_named_is_there(number: int):
    for named in NEEDS[number]:
        path, _, name = named.partition("::")
        assert re.search(rf"^ *def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), named
