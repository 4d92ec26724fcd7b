"""Filling in what nobody typed of a model: from its provider's listing, then from public data, each marked so."""

from collections.abc import Iterable, Mapping

from portal.dialects.base import Listing
from portal.domain.families import family_of
from portal.domain.language_models import Draft
from portal.domain.model_facts import CAN, NAMES, PRICE, Facts, Source, Told, Value, news, prefilled, readable
from portal.services.language_models import model_data

BASED_ON = "based_on"
"""What a listing says beside the facts: the model that stands behind a name which does not tell it."""


def facts_of(type_name: str, wire_name: str, listed: Mapping[str, Value]) -> dict[str, Told]:
    """All that is known of a model. `listed` is what its provider's listing says, which goes before public data.

    Where it says which model stands behind this one, under `BASED_ON`, the public data of that model count.

    Prices are one list or the other, never a mix of both.
    """
    public = model_data.told_publicly(type_name, str(listed.get(BASED_ON) or wire_name))
    if any(name.startswith(PRICE) for name in listed):
        public = {name: told for name, told in public.items() if not name.startswith(PRICE)}
    return {**public, **{name: Told(value, Source.LISTING) for name, value in listed.items() if name in NAMES}}


def said_by(listing: Listing) -> dict[str, Value]:
    """What a listing itself says of a model: what a dialect filled in from the model's family is left out."""
    family = family_of(listing.wire_name)
    values: dict[str, Value] = {
        "retires_on": listing.retires_on.isoformat() if listing.retires_on else None,
        "modalities": listing.modalities,
        BASED_ON: listing.based_on,
        **{CAN + name: said for name, said in listing.abilities.items()},
        **{PRICE + name: text for name, text in model_data.as_text(listing.prices).items()},
    }
    if not _lent(listing.from_family, listing.context_limit, family.context):
        values["context_limit"] = listing.context_limit
    if not _lent(listing.output_from_family, listing.output_limit, family.output):
        values["output_limit"] = listing.output_limit
    if not listing.chat:
        values["chats"] = False
    elif "output:text" in listing.modalities:
        values["chats"] = True
    return {name: value for name, value in values.items() if value not in (None, "", ())}


def listed_draft(type_name: str, listing: Listing) -> Draft:
    """What publishing a listed model as it stands would publish."""
    public = model_data.facts_of(type_name, listing.wire_name)
    name = public.name if public is not None and public.exact and public.prices else ""
    draft = Draft(wire_name=listing.wire_name, display_name=listing.display_name or name or listing.wire_name)
    return prefilled(draft, facts_of(type_name, listing.wire_name, said_by(listing)))


def kept(listings: Iterable[Listing]) -> dict[str, dict[str, Value]]:
    """What listings say, by model ID, to be kept with the provider: a model typed later is filled in from it."""
    return {listing.wire_name: dict(said) for listing in listings if (said := said_by(listing))}


def from_kept(told: object) -> dict[str, Value]:
    """One model of what was kept, as `facts_of` takes it. JSON has no tuples."""
    if not isinstance(told, Mapping):
        return {}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told.items()
        if (name in NAMES and readable(name, value)) or (name == BASED_ON and isinstance(value, str))
    }


def news_for(draft: Draft, type_name: str, listed: Mapping[str, Value]) -> Facts:
    """What is to change of a published model after a listing: only what nobody typed."""
    return news(draft, facts_of(type_name, draft.wire_name, listed))


def _lent(said: bool | None, limit: int | None, family: int | None) -> bool:
    """Whether a limit is the family's: a dialect that does not say is told by the number."""
    return limit == family if said is None else said
