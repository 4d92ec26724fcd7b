"""What a person needs to point a client at the portal: the names of the models that they may use."""

from dataclasses import dataclass
from itertools import islice

from portal.domain.gates import AI, GATES
from portal.domain.people import Actor
from portal.domain.selection import Selection
from portal.services.gateway import naming
from portal.services.gateway.naming import AUTO, NoSuchModel
from portal.services.runtime import Runtime
from portal.services.selection import choosing

MOST_OFFERED = 200
"""Models in a selector; of more, the name is typed."""


@dataclass(frozen=True)
class Offered:
    """A model by the name under which it is asked for."""

    name: str
    label: str


@dataclass(frozen=True)
class Offer:
    """The models to pick from, at most `MOST_OFFERED`, and the one that is picked.

    `fault` says why another one stands there than was asked for; `off` why no client is answered right now.
    """

    models: tuple[Offered, ...]
    more: bool
    model: str
    fault: str
    off: str


def offer(actor: Actor, runtime: Runtime, asked: str) -> Offer:
    """The models of this person, with the one that they asked for, or else the one that answers them anyway."""
    catalog = choosing.current_catalog(runtime)
    listed = islice(naming.listed(catalog, actor), MOST_OFFERED + 1)
    models = [Offered(names[0], model.display_name) for model, names in listed]
    fault, model = "", ""
    for name in filter(None, (asked, AUTO)):
        try:
            chosen = naming.choose(catalog, actor, name)
        except NoSuchModel as refused:
            fault = fault or (refused.sentence if asked else "")
        else:
            model = asked if name == asked else _address(chosen)
            break
    return Offer(
        tuple(models[:MOST_OFFERED]),
        len(models) > MOST_OFFERED,
        model or (models[0].name if models else AUTO),
        fault,
        "" if catalog.gates.ai else GATES[AI].off,
    )


def _address(chosen: Selection) -> str:
    return f"{chosen.provider_name}/{chosen.name}"
