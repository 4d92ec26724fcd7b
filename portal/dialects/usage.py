"""Token counts in OpenAI's shape, wherever servers put them and whatever they call them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.dialects import reading
from portal.dialects.conversation import Usage

INPUT = (("prompt_tokens",), ("input_tokens",))
OUTPUT = (("completion_tokens",), ("output_tokens",))
CACHE_READ = (
    ("prompt_tokens_details", "cached_tokens"),
    ("input_tokens_details", "cached_tokens"),
    ("cached_tokens",),
    ("prompt_cache_hit_tokens",),
)
CACHE_WRITE = (
    ("prompt_tokens_details", "cache_write_tokens"),
    ("input_tokens_details", "cache_write_tokens"),
    ("cache_write_tokens",),
)
CACHE_WRITE_LONG = (
    ("prompt_tokens_details", "cache_write_tokens_details", "ttl_12h_tokens"),
    ("input_tokens_details", "cache_write_tokens_details", "ttl_12h_tokens"),
)
REASONING = (
    ("completion_tokens_details", "reasoning_tokens"),
    ("output_tokens_details", "reasoning_tokens"),
    ("reasoning_tokens",),
)
COST = (("cost",), ("cost", "total_cost"))
"""The names of counts, the usual one first."""

MOST_COST = 100_000


def usage_in(value: Any) -> Usage | None:
    """The counts in a response or in one event of a stream; None where there are none."""
    usage = _usage(value)
    if not usage:
        return None
    read, output = _count(usage, INPUT), _count(usage, OUTPUT)
    reasoning, written = _count(usage, REASONING), _count(usage, CACHE_WRITE)
    longer = min(written, _count(usage, CACHE_WRITE_LONG))
    # Most count reasoning inside the answer, some beside it: then only all three make up the total.
    if reasoning and reading.count(usage.get("total_tokens")) == read + output + reasoning:
        output += reasoning
    return Usage(
        input=read,
        output=output,
        cache_read=_count(usage, CACHE_READ),
        cache_write=written - longer,
        cache_write_long=longer,
        cost=_dollars(usage),
        reasoning=reasoning,
    )


def _usage(value: Any) -> Mapping[str, Any] | None:
    """The object of counts, from the usual place on."""
    choice = reading.field(value, "choices", "0")
    for holder in (
        value,
        reading.field(value, "x_groq"),
        choice,
        reading.field(choice, "delta"),
        reading.field(choice, "message"),
    ):
        found = reading.field(holder, "usage")
        if found is not None and isinstance(found, Mapping):
            return found
    return None


def _count(usage: Mapping[str, Any], names: tuple[tuple[str, ...], ...]) -> int:
    return next((count for name in names if (count := reading.count(reading.field(usage, *name)))), 0)


def _dollars(usage: Mapping[str, Any]) -> Decimal | None:
    """What the answer cost by the provider's own word, in USD; zero is what gateways say that do not know."""
    for name in COST:
        cost = _amount(reading.field(usage, *name))
        if cost is not None and usage.get("is_byok") is True:
            # The gateway's fee; the vendor behind it bills the rest to the same people.
            cost += _amount(reading.field(usage, "cost_details", "upstream_inference_cost")) or 0
        if cost:
            return cost
    return None


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value)[:40])
    except ArithmeticError:
        return None
    return amount if amount.is_finite() and 0 <= amount < MOST_COST else None


def totals_over(usage: object, before: Usage) -> Usage | None:
    """What `usage` says, over what stood `before`: its numbers are totals, and what it leaves out still holds."""
    if not isinstance(usage, Mapping):
        return None
    read = reading.count(usage["cache_read_input_tokens"]) if "cache_read_input_tokens" in usage else before.cache_read
    written, longer = before.cache_write, before.cache_write_long
    if "cache_creation_input_tokens" in usage:
        written, longer = reading.count(usage["cache_creation_input_tokens"]), 0
    split = usage.get("cache_creation")
    if isinstance(split, Mapping):
        hour = reading.count(split.get("ephemeral_1h_input_tokens"))
        whole = max(written + longer, reading.count(split.get("ephemeral_5m_input_tokens")) + hour)
        written, longer = whole - hour, hour
    fresh = before.input - before.cache_read - before.cache_write - before.cache_write_long
    if "input_tokens" in usage:
        fresh = reading.count(usage["input_tokens"])
    output = reading.count(usage["output_tokens"]) if "output_tokens" in usage else before.output
    return Usage(fresh + read + written + longer, output, read, written, longer)
