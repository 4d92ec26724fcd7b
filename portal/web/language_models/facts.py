"""What is known of a model, as pages show it: a label, words, and where it came from."""

from dataclasses import dataclass

from portal.domain.capabilities import CAPABILITIES
from portal.domain.language_models import GIVEN, PRICES, TAKEN, Draft, parse_price
from portal.domain.model_facts import CAN, PRICE, source_of
from portal.web.rendering import say_compactly, say_money


@dataclass(frozen=True)
class Kind:
    """One thing that a model may take or give, to tick."""

    name: str
    label: str


@dataclass(frozen=True)
class Fact:
    """One line of what is known."""

    label: str
    words: str
    source: str


def facts_shown(draft: Draft, *, tools_missing: bool = False) -> tuple[Fact, ...]:
    """Every fact of a draft that has a source, in the order of the form; abilities that it lacks are left out."""
    sources = draft.sources
    facts = [Fact("Context limit", f"{say_compactly(draft.context_limit)} tokens", source_of(sources, "context_limit"))]
    if draft.output_limit:
        words = f"{say_compactly(draft.output_limit)} tokens"
        facts.append(Fact("Output limit", words, source_of(sources, "output_limit")))
    if draft.retires_on:
        facts.append(Fact("Retires on", draft.retires_on, source_of(sources, "retires_on")))
    if not draft.chats:
        why = ": it works with tools that chats do not have, so" if tools_missing else ", so"
        facts.append(Fact("Chats", f"no{why} it is never offered for chats", source_of(sources, "chats")))
    for label, way, kinds in (("Takes", "input:", TAKEN), ("Gives", "output:", GIVEN)):
        named = [_in_a_row(words) for kind, words in kinds.items() if way + kind in draft.modalities]
        if named:
            facts.append(Fact(label, ", ".join(named), source_of(sources, "modalities")))
    for source in dict.fromkeys(source_of(sources, CAN + name) for name in CAPABILITIES):
        can = [item.badge for name, item in CAPABILITIES.items() if name in draft.capabilities]
        named = [word for word in can if source_of(sources, CAN + _named(word)) == source]
        if source and named:
            facts.append(Fact("Can", ", ".join(named), source))
    for name, price in PRICES.items():
        if (amount := parse_price(draft.prices.get(name, ""))) is not None:
            facts.append(Fact(f"{price.label}, per 1M tokens", say_money(amount), source_of(sources, PRICE + name)))
    return tuple(facts)


def _named(badge: str) -> str:
    return next(name for name, item in CAPABILITIES.items() if item.badge == badge)


def _in_a_row(label: str) -> str:
    """A label within a sentence: in small letters, unless it begins with an abbreviation, as PDF does."""
    return label if label[:2].isupper() else label.lower()
