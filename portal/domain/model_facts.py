"""What is known of a language model without anybody typing it, and whose word each part of it is.

A provider's listing goes before models.dev, and what a person typed goes before both and is never overwritten.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from portal.domain.capabilities import CAPABILITIES
from portal.domain.language_models import ASSUMED_CONTEXT, MODALITIES, MOST_TOKENS, PRICES, Draft, day, parse_price

Value = int | str | bool | tuple[str, ...] | None
"""One fact: tokens, a day or a price as text, yes or no, or names. None, "" and () mean that it is not known."""


class Source(StrEnum):
    """Whose word a fact is. It is stored with the model."""

    LISTING = "listing"
    PUBLIC = "models-dev"
    ASSUMED = "assumed"
    TYPED = "typed"


SOURCE_WORDS: Mapping[str, str] = {
    Source.LISTING: "from the provider’s listing",
    Source.PUBLIC: "from models.dev",
    Source.ASSUMED: "assumed",
    Source.TYPED: "typed",
}

_WEIGHT = {Source.ASSUMED: 0, Source.PUBLIC: 1, Source.LISTING: 2}

CAN, PRICE = "can_", "price_"
"""What the names of abilities and of prices begin with here."""

PLAIN = ("context_limit", "output_limit", "retires_on", "chats", "modalities")

NAMES: tuple[str, ...] = (
    *PLAIN,
    *(CAN + capability for capability in CAPABILITIES),
    *(PRICE + price for price in PRICES),
)
"""Every fact that is prefilled, by the name under which its source is stored."""


def named_in(fields: Collection[str], prices: Collection[str] = ()) -> frozenset[str]:
    """The facts that somebody typed who typed these fields of a draft, and these prices."""
    able = CAPABILITIES if "capabilities" in fields else ()
    return frozenset(
        (*(name for name in PLAIN if name in fields), *map(CAN.__add__, able), *map(PRICE.__add__, prices))
    )


@dataclass(frozen=True)
class Told:
    """One fact, and whose word it is."""

    value: Value
    source: Source


Facts = Mapping[str, Told]
"""What is known of one model, by `NAMES`; what nobody tells is absent."""


def values_of(draft: Draft) -> dict[str, Value]:
    """Every fact of a draft, in a form that can be compared."""
    return {
        **{name: getattr(draft, name) for name in PLAIN},
        "modalities": tuple(sorted(draft.modalities)),
        **{CAN + name: name in draft.capabilities for name in CAPABILITIES},
        **{PRICE + name: _price(draft.prices.get(name)) for name in PRICES},
    }


def with_facts(draft: Draft, facts: Facts) -> Draft:
    """The draft with these facts in it, each marked with its source; all else of it stays, marks too."""
    values = values_of(draft) | {name: told.value for name, told in facts.items() if name in NAMES}
    can = {name for name in CAPABILITIES if values[CAN + name]}
    others = tuple(name for name in draft.capabilities if name not in CAPABILITIES)
    prices = {name: str(value) for name in PRICES if (value := values[PRICE + name]) not in (None, "")}
    return replace(
        draft,
        **{name: values[name] for name in PLAIN},  # type: ignore[arg-type]
        capabilities=(*(name for name in CAPABILITIES if name in can), *others),
        prices=prices,
        sources={**draft.sources, **{name: told.source.value for name, told in facts.items() if name in NAMES}},
    )


def prefilled(draft: Draft, facts: Facts, typed: frozenset[str] = frozenset()) -> Draft:
    """The draft with all that is known of it, but for what was typed; what nobody tells and is set is assumed."""
    guessed = {name: Told(value, Source.ASSUMED) for name, value in values_of(draft).items() if not _unset(value)}
    known = {**guessed, "context_limit": Told(ASSUMED_CONTEXT, Source.ASSUMED), **facts}
    filled = with_facts(draft, {name: told for name, told in known.items() if name not in typed})
    return replace(filled, sources={**filled.sources, **dict.fromkeys(sorted(typed), Source.TYPED.value)})


def sources_after(before: Draft, after: Draft) -> dict[str, str]:
    """Whose word each fact is once somebody has saved `after` in the place of `before`: what they changed is theirs."""
    old, new = values_of(before), values_of(after)
    typed = {name: Source.TYPED.value for name in NAMES if old[name] != new[name]}
    return {**before.sources, **typed}


def news(draft: Draft, facts: Facts) -> Facts:
    """Those of the facts that may take the place of what a published model has, and differ from it.

    What somebody typed stays, and so does what stands there without a mark: it was typed before there were marks. A
    word that weighs less than the one before it changes nothing.
    """
    values = values_of(draft)
    return {
        name: told
        for name, told in facts.items()
        if name in NAMES
        and (told.value != values[name] or told.source != draft.sources.get(name))
        and _may_fill(draft.sources.get(name), values[name], told.source)
    }


def readable(name: str, value: object) -> bool:
    """Whether a value from outside can be this fact at all; whether it is a good one, `faults_of` says."""
    if name == "modalities":
        return isinstance(value, list | tuple) and all(word in MODALITIES for word in value)
    if name == "chats" or name.startswith(CAN):
        return isinstance(value, bool)
    if name.startswith(PRICE):
        return isinstance(value, str) and parse_price(value) is not None
    if name == "retires_on":
        return isinstance(value, str) and day(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_TOKENS


def _may_fill(source: str | None, value: Value, by: Source) -> bool:
    if source is None:
        return _unset(value)
    return source != Source.TYPED and _WEIGHT[by] >= _WEIGHT.get(Source(source), 0)


def _unset(value: Value) -> bool:
    return value is None or value in ("", ())


def source_of(sources: Mapping[str, str], name: str) -> str:
    """Where a fact came from, in words; "" where nobody knows."""
    return SOURCE_WORDS.get(sources.get(name, ""), "")


def abilities_known(sources: Mapping[str, str]) -> bool:
    """Whether anybody told what a model can do: its provider, public data, or a person."""
    told = [sources.get(name) for name in ("modalities", *(CAN + ability for ability in CAPABILITIES))]
    return any(source not in (None, Source.ASSUMED) for source in told)


def is_assumed(sources: Mapping[str, str]) -> bool:
    """Whether a model's context limit is the portal's own guess."""
    return sources.get("context_limit") == Source.ASSUMED


def _price(text: object) -> str | None:
    """A price in one spelling, so that 1.750 is 1.75."""
    amount = parse_price(str(text)) if text not in (None, "") else None
    return f"{amount.normalize():f}" if amount is not None else None
