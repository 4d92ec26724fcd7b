"""What an answer costs: tokens times the model's prices, in decimals, never in floats."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

Prices = Mapping[str, object]
"""USD per 1M tokens, each by its name, as a decimal in text; one that nobody set is absent."""

MILLION = Decimal(1_000_000)

KEPT_LONGER = 2
"""How many times the input's price it costs to write to a cache for an hour, where no price says it."""

DEAREST = Decimal(999_999_999)
"""USD. No answer costs more, whatever a provider counts: it is what the database holds."""


def price(prices: Prices, name: str) -> Decimal | None:
    """One price in USD per 1M tokens; None when nobody set it, or when it is no price."""
    value = prices.get(name)
    if value is None or value == "":
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def is_priced(prices: Prices) -> bool:
    """Whether it can be told what an answer costs, as far as prices tell."""
    return price(prices, "input") is not None and price(prices, "output") is not None


def cost(
    prices: Prices,
    *,
    tokens_in: int | None,
    tokens_out: int | None,
    cache_read: int = 0,
    cache_write: int = 0,
    cache_write_long: int = 0,
) -> Decimal | None:
    """USD for one answer; None when tokens or a price that is needed are not known: unknown is not free.

    `tokens_in` includes what was read from or written to a cache. A cache price that is not set is the input's; what
    is kept longer, `cache_write_long`, is twice the input's, or what is written for a while where that is dearer: so
    the vendor who offers it asks, and a guess that is too high lets nobody past a budget.
    """
    if tokens_in is None or tokens_out is None:
        return None
    into, out = price(prices, "input"), price(prices, "output")
    if (into is None and tokens_in) or (out is None and tokens_out) or (into is None and out is None):
        return None
    into, out = into or Decimal(0), out or Decimal(0)
    read, write = price(prices, "cache_read"), price(prices, "cache_write")
    write = into if write is None else write
    longer = price(prices, "cache_write_long")
    longer = max(KEPT_LONGER * into, write) if longer is None else longer
    plain = max(0, tokens_in - cache_read - cache_write - cache_write_long)
    total = (
        plain * into
        + cache_read * (into if read is None else read)
        + cache_write * write
        + cache_write_long * longer
        + tokens_out * out
    )
    return min(total / MILLION, DEAREST)


def saved(prices: Prices, cache_read: int) -> Decimal | None:
    """USD that were not paid since so many tokens came from a cache; None where the input's price is not known.

    What was paid for writing to the cache stands in the cost. A cache that is dearer than plain tokens saves less than
    nothing.
    """
    if not cache_read:
        return Decimal(0)
    into, read = price(prices, "input"), price(prices, "cache_read")
    if into is None:
        return None
    amount = cache_read * (into - (into if read is None else read)) / MILLION
    return max(-DEAREST, min(amount, DEAREST))


def dollars(amount: Decimal) -> str:
    """An amount for people: `$0.009`, `$1.20`, `under $0.0001`, `free`."""
    if amount == 0:
        return "free"
    if amount < Decimal("0.0001"):
        return "under $0.0001"
    if amount >= 1:
        return f"${amount:,.2f}"
    digits = 3 if amount >= Decimal("0.001") else 4
    text = f"${amount:.{digits}f}".rstrip("0")
    return text + "0" * max(0, 2 - len(text.partition(".")[2])) if "." in text else text
