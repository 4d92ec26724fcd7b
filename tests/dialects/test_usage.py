"""Counts and costs, wherever they stand and whatever they are called."""

from decimal import Decimal

import pytest

from portal.dialects.conversation import Usage
from portal.dialects.usage import usage_in

BESIDE = {
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "total_tokens": 22,
    "completion_tokens_details": {"reasoning_tokens": 7},
}
INSIDE = {**BESIDE, "completion_tokens": 12}


@pytest.mark.parametrize(
    ("value", "usage"),
    [
        ({"usage": {"prompt_tokens": 1, "completion_tokens": 2}}, Usage(1, 2)),
        ({"usage": None, "x_groq": {"usage": {"prompt_tokens": 1, "completion_tokens": 2}}}, Usage(1, 2)),
        ({"choices": [{"usage": {"prompt_tokens": 9, "completion_tokens": 2, "cached_tokens": 8}}]}, Usage(9, 2, 8)),
        ({"usage": {"input_tokens": 1, "output_tokens": 2}}, Usage(1, 2)),
        ({"usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_cache_hit_tokens": 4}}, Usage(9, 2, 4)),
        ({"usage": BESIDE}, Usage(10, 12, reasoning=7)),
        ({"usage": INSIDE}, Usage(10, 12, reasoning=7)),
        ({"usage": {}}, None),
        ({"choices": []}, None),
        ({"usage": {"prompt_tokens": 1, "cost": 0.00125}}, Usage(1, cost=Decimal("0.00125"))),
        ({"usage": {"prompt_tokens": 1, "cost": {"total_cost": "0.5"}}}, Usage(1, cost=Decimal("0.5"))),
        ({"usage": {"prompt_tokens": 1, "cost": 0}}, Usage(1)),
        ({"usage": {"prompt_tokens": 1, "cost": -1}}, Usage(1)),
        ({"usage": {"prompt_tokens": 1, "cost": "much"}}, Usage(1)),
        (
            {"usage": {"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}}},
            Usage(cost=Decimal("0.21")),
        ),
    ],
)
def test_counts_are_found(value, usage):
    assert usage_in(value) == usage
