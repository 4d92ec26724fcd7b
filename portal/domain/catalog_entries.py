"""What a catalog is made of: frozen values of what selection knows of providers, models, teams, pins and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID


@dataclass(frozen=True)
class ProviderEntry:
    """What selection knows of a provider. `credential` is where a key would come from; None when there is none.

    It is `shared`, `environment`, or `none` for a provider that works without a key. `team_id` is the team that owns
    it, None for the deployment; `default_id` the model that answers when a request names the provider alone.
    """

    id: UUID
    name: str
    label: str
    type: str
    enabled: bool = True
    deleted: bool = False
    credential: str | None = None
    team_id: UUID | None = None
    default_id: UUID | None = None


@dataclass(frozen=True)
class ModelEntry:
    """What selection knows of a published model. `chats` is False for one that only embeds, draws or speaks.

    `effort_default` and `effort_most` are of `portal.domain.efforts`; blank where nobody set them. `retires_on` is the
    day from which its provider no longer serves it, where that is known.
    """

    id: UUID
    provider_id: UUID
    name: str
    wire_name: str
    display_name: str
    enabled: bool = True
    deleted: bool = False
    position: int = 0
    recommended: bool = False
    context_limit: int = 0
    features: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    chats: bool = True
    effort_default: str = ""
    effort_most: str = ""
    retires_on: date | None = None


@dataclass(frozen=True)
class Gates:
    """The switches of the whole deployment. Off, what is stored is ignored and kept."""

    personal_overrides: bool = True
    personal_keys: bool = True
    ai: bool = True
    chat_sharing: bool = False


@dataclass(frozen=True)
class Pin:
    """A model that an override names, with a reasoning effort or a blank one."""

    model_id: UUID
    effort: str = ""


@dataclass(frozen=True)
class TeamEntry:
    """What selection knows of a team. Not entitled, its providers serve nobody and its default and limits sleep."""

    id: UUID
    name: str
    entitled: bool = False
    exclusive: bool = False
    default_id: UUID | None = None


@dataclass(frozen=True)
class Person:
    """Who asks: their roles and their team, both by id. `anybody` stands for whoever it is that a model is for.

    `patterns` are of a user of an application, who has no roles: they reach what fits, and nothing where none does.
    `ceiling` are patterns too: whatever else holds, they reach nothing that fits none of them; none is no ceiling.
    """

    id: UUID | None = None
    role_ids: frozenset[UUID] = frozenset()
    team_id: UUID | None = None
    anybody: bool = False
    patterns: tuple[str, ...] | None = None
    ceiling: tuple[str, ...] = ()


NOBODY = Person()
ANYBODY = Person(anybody=True)
"""Asked for by lists that say whether a model serves at all: every model of an entitled team serves somebody."""

NO_PINS: Mapping[str, Pin] = MappingProxyType({})
