"""Which model wrote what a file holds, why that one, and what it took: the same of an answer and of a summary."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.domain import carried_values as values
from portal.domain.carried_values import TrailRows
from portal.domain.reasons import Layer


@dataclass(frozen=True)
class CarriedSelection:
    """As whoever exported it was told; nobody is held to it. Tokens, cost and time are None where nothing is said."""

    model: str
    name: str
    provider: str
    layer: str
    trail: TrailRows
    key_source: str
    tokens_in: int | None
    tokens_out: int | None
    cost: Decimal | None
    total_ms: int | None


def read_selection(row: Mapping[str, Any]) -> CarriedSelection:
    """What a row of a file says of it."""
    return CarriedSelection(
        model=values.text(row, "model")[:300],
        name=values.text(row, "name")[:200] or values.text(row, "model")[:200],
        provider=values.text(row, "provider")[:120],
        layer=values.one_of(row, "layer", Layer),
        trail=values.trail(row.get("trail")),
        key_source=values.text(row, "key_source")[:20],
        tokens_in=values.number(row, "tokens_in"),
        tokens_out=values.number(row, "tokens_out"),
        cost=values.cost(row.get("cost_usd")),
        total_ms=values.number(row, "total_ms"),
    )
