"""Models that a request names beside its own: by them a provider would answer with another than was decided here."""

from collections.abc import Mapping
from typing import Any

from portal.domain.catalog import Catalog
from portal.domain.people import Actor
from portal.services.gateway.asking import Asked
from portal.services.gateway.refusals import CallerRefusal
from portal.services.selection import choosing

MODEL = "model"
FIELDS = ("models", "fallbacks", "preset")
"""What gateways to many vendors, and Anthropic, call further models, of which one answers where the first does not; a
preset is a list of them that is kept at OpenRouter."""
TOOLS = "tools"
"""A tool of the provider's own may name a model that works for it: one that advises, or one that draws."""
OPTIONS, GATEWAY = "provideroptions", "gateway"
"""Where Vercel's gateway looks for them, as `providerOptions.gateway.models`."""

OTHER_SPELLING = "Write it as model: some providers read this one, too, and would answer with the model that it names."
LIMITED = "You may not use every model, and this lets the provider take another one. Name the one to ask in model."


def refuse(catalog: Catalog, actor: Actor, asked: Asked) -> None:
    """Raises `CallerRefusal` for a second `model` in other letters (some servers make no difference), and when whoever
    does not reach every model names further ones.

    Those are called what the provider calls them, published or not, so nobody here can say whether they are theirs.
    """
    for name, value in asked.body.values.items():
        read_as = name.casefold()
        if read_as == MODEL != name:
            raise CallerRefusal(400, "unsupported_parameter", f"{name}: {OTHER_SPELLING}", name)
        if _has_further(read_as, value) and catalog.reach_of(choosing.person(actor)) is not None:
            raise CallerRefusal(400, "unsupported_parameter", f"{name}: {LIMITED}", name)


def _has_further(read_as: str, value: Any) -> bool:
    if read_as == OPTIONS:
        gateway = value.get(GATEWAY) if isinstance(value, Mapping) else None
        return isinstance(gateway, Mapping) and bool(gateway.get("models"))
    if read_as == TOOLS:
        return isinstance(value, list) and any(isinstance(tool, Mapping) and tool.get(MODEL) for tool in value)
    return read_as in FIELDS and bool(value)
