"""A provider as its form shows it, so that nobody overwrites another version unknowingly, and as the trail tells it."""

from collections.abc import Sequence
from typing import Any

from portal.domain.versions import Fields, Stored
from portal.domain.who_asked import PARTS
from portal.domain.who_asked import told as who_asked
from portal.services.keys import headers as provider_headers
from portal.store import shared_keys, teams
from portal.store.base import Session
from portal.store.providers import ProviderRecord

SHOWN = ("label", "base_url", "default_model", "connect_timeout", "read_timeout", "rotate_after_days")
"""Columns that the form shows under their own names."""


def fields_of(session: Session, provider: ProviderRecord) -> Fields:
    """What the form of a saved provider was drawn from; of secrets only their fingerprints."""
    team = teams.by_id(session, provider.team_id) if provider.team_id else None
    return {
        **{column: getattr(provider, column) for column in SHOWN},
        **{f"setting_{name}": value for name, value in sorted(provider.settings.items())},
        "owner": Stored(str(provider.team_id or ""), team.name if team else "the deployment"),
        "extra_headers": _headers(provider_headers.shown_of(session, provider)),
        **{f"who_asked_{part.name}_header": provider.who_asked.get(part.name, "") for part in PARTS},
        "key": _keys([row.fingerprint for row in shared_keys.of_provider(session, provider.id)]),
    }


def _headers(rows: Sequence[tuple[str, str, bool]]) -> Stored:
    said = (f"{name} (secret)" if secret else f"{name}: {value}" for name, value, secret in rows)
    return Stored([list(row) for row in rows], ", ".join(said) or "nothing")


def _keys(fingerprints: Sequence[str]) -> Stored:
    return Stored(list(fingerprints[:1]), f"the key {fingerprints[0]}" if fingerprints else "no key")


def told(provider: ProviderRecord) -> dict[str, Any]:
    """A provider as the audit trail tells it."""
    told = {
        "label": provider.label,
        "type": provider.type,
        "base url": provider.base_url,
        "default model": provider.default_model,
        "connect timeout": provider.connect_timeout,
        "read timeout": provider.read_timeout,
        "rotate after days": provider.rotate_after_days,
        "who asked": who_asked(provider.who_asked),
    }
    return told | {name.replace("_", " "): value for name, value in sorted(provider.settings.items())}
