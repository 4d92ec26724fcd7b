"""Two versions of a provider: where what is stored and what was typed differ, and how the audit trail tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.dialects.provider_types.table import TYPES
from portal.domain.errors import Conflict
from portal.store.providers import ProviderRecord


@dataclass(frozen=True)
class Difference:
    """One field that somebody else changed: what is stored now, and what was typed here."""

    field: str
    stored: str
    typed: str


class Outdated(Conflict):
    """Somebody else saved this provider in the meantime. `seen` is what to send to overwrite them knowingly."""

    def __init__(self, label: str, differences: Sequence[Difference], seen: str) -> None:
        super().__init__(
            f"Somebody else changed {label} while you did. Nothing of yours is saved yet. "
            "Compare below, then save again to keep what you typed."
        )
        self.differences = tuple(differences)
        self.seen = seen


FIELD_WORDS = {
    "label": "Label",
    "base_url": "Base URL",
    "default_model": "Default model",
    "connect_timeout": "Time to connect, in seconds",
    "read_timeout": "Time to answer, in seconds",
    "rotate_after_days": "Days after which a key is to be changed",
}


def differences(provider: ProviderRecord, typed: dict[str, Any]) -> list[Difference]:
    """Every field of the form in which what is stored and what was typed part."""
    found = [
        Difference(words, _said(getattr(provider, column)), _said(typed[column]))
        for column, words in FIELD_WORDS.items()
        if getattr(provider, column) != typed[column]
    ]
    for item in TYPES[provider.type].settings:
        stored, mine = provider.settings.get(item.name, ""), typed["settings"].get(item.name, "")
        if stored != mine:
            found.append(Difference(item.label, _said(stored), _said(mine)))
    return found


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


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
    }
    return told | {name.replace("_", " "): value for name, value in sorted(provider.settings.items())}
