"""Where each thing is decided: the addresses behind the words of an explanation."""

from flask import url_for

from portal.services.explain.words import Place, Remedy
from portal.web.guard import can
from portal.web.navigation import exists

PLACES: dict[Place, tuple[tuple[str, str], ...]] = {
    Place.MODEL: (("language_models.edit", "model_id"),),
    Place.MODELS: (("language_models.index", ""),),
    Place.PROVIDER: (("providers.show", "name"),),
    Place.OVERRIDES: (("overrides.index", ""),),
    Place.GATE: (("overrides.gate", "gate"), ("overrides.index", "")),
    Place.ROLE: (("people.role", "role_id"),),
    Place.TEAM: (("teams.show", "team_id"), ("teams.index", "")),
    Place.CHAT: (("chat.show", "chat_id"),),
    Place.OWN_KEYS: (("personal_keys.index", ""),),
    Place.OWN_OVERRIDES: (("agents.index", ""),),
}
"""For each place its pages, the best first, and the name under which a page takes which one is meant."""


def address_of(remedy: Remedy) -> str | None:
    """The page where this person can do it; None when there is none for them."""
    for endpoint, argument in PLACES[remedy.place] if remedy.place else ():
        if exists(endpoint) and can(endpoint):
            return url_for(endpoint, **({argument: remedy.key} if argument else {}))
    return None
