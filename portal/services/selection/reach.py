"""What patterns reach, as the catalog is now: a role's while somebody writes them, and an application's ceiling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.domain.access import matcher, patterns_from_text
from portal.domain.errors import Denied
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.runtime import Runtime
from portal.services.selection import choosing

SHOWN = 20
"""How many models are named before the rest is counted."""


@dataclass(frozen=True)
class Reach:
    """How many of all models the patterns reach, and the first of them as `provider:model`; or what is wrong.

    `unlimited`: there is no pattern, so every model is reached, those that come later too.
    """

    reached: int = 0
    models: int = 0
    first: tuple[str, ...] = ()
    unlimited: bool = False
    fault: str = ""

    @property
    def rest(self) -> int:
        return self.reached - len(self.first)


def preview(actor: Actor, runtime: Runtime, text: str) -> Reach:
    """What these patterns would reach now, one on each line; saves nothing."""
    if not actor.may(Permission.ROLE_MANAGE):
        raise Denied("You may not do this any more. Ask an administrator.")
    patterns, fault = patterns_from_text(text.replace("\0", ""))
    catalog = choosing.current_catalog(runtime)
    addresses = [catalog.address(model) for model in catalog.in_order()]
    return Reach(models=len(addresses), fault=fault) if fault else _reach(addresses, patterns)


def below_ceiling(actor: Actor, runtime: Runtime, patterns: tuple[str, ...]) -> Reach:
    """What an application's own ceiling leaves of all models that any application could reach, so none of a team's.

    Models are named to whoever may see them. Raises `Denied`.
    """
    actor.require(Permission.APPLICATION_VIEW)
    catalog = choosing.current_catalog(runtime)
    ours = (model for model in catalog.in_order() if catalog.providers[model.provider_id].team_id is None)
    found = _reach([catalog.address(model) for model in ours], patterns)
    return found if actor.may(Permission.PROVIDER_VIEW) else replace(found, first=())


def _reach(addresses: Sequence[str], patterns: tuple[str, ...]) -> Reach:
    fits = matcher(patterns).fullmatch
    found = [address for address in addresses if fits(address)] if patterns else addresses
    return Reach(len(found), len(addresses), tuple(found[:SHOWN]), unlimited=not patterns)
