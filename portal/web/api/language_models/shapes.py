"""A model as JSON: what is sent of one, and what is told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from portal.domain.language_models import LIMITS, PRICES, Draft
from portal.services.language_models.view import LanguageModelView
from portal.web.api.schemas import Given, Told, Word

Amount = Annotated[int, Field(ge=1, le=2**53)]
Price = Annotated[str, Field(max_length=30, description="US dollars per 1M tokens, as text: “1.75”.")]
Option = str | int | float | bool | None


class ModelFields(Given):
    """What can be said of a model. What is left out of a change stays as it is."""

    wire_name: Annotated[str, Field(max_length=300, description="The model ID: what the provider calls it.")] = ""
    display_name: Word = ""
    description: Annotated[str, Field(max_length=2000)] = ""
    context_limit: Amount = 128_000
    output_limit: Amount | None = None
    recommended: bool = False
    chats: bool = True
    features: Annotated[Sequence[Word], Field(max_length=50)] = ()
    capabilities: Annotated[Sequence[Word], Field(max_length=50)] = ()
    modalities: Annotated[Sequence[Word], Field(max_length=50)] = ()
    options: Annotated[Mapping[str, Option | Sequence[str]], Field(max_length=100)] = {}
    limits: Annotated[Mapping[str, Amount], Field(max_length=20)] = {}
    prices: Annotated[Mapping[str, Price], Field(max_length=20)] = {}
    effort_default: Word = ""
    effort_most: Word = ""
    retires_on: date | None = None
    aliases: Annotated[Sequence[Word], Field(max_length=50)] = ()

    @property
    def said(self) -> dict[str, Any]:
        """What was sent, by the names and in the types of a draft."""
        sent = self.sent
        for name in ("features", "capabilities", "modalities", "aliases"):
            if name in sent:
                sent[name] = tuple(sent[name])
        if "retires_on" in sent:
            sent["retires_on"] = sent["retires_on"].isoformat() if sent["retires_on"] else ""
        return sent


class Model(Told):
    """A published model, whole. `address` is how clients, rules and overrides name it."""

    id: UUID
    provider: str
    name: str
    address: str
    wire_name: str
    display_name: str
    description: str
    enabled: bool
    recommended: bool
    default: bool
    chats: bool
    context_limit: int
    output_limit: int | None
    features: Sequence[str]
    capabilities: Sequence[str]
    modalities: Sequence[str]
    options: Mapping[str, Any]
    limits: Mapping[str, int]
    prices: Mapping[str, str]
    effort_default: str
    effort_most: str
    retires_on: date | None
    aliases: Sequence[str]
    created_at: datetime
    created_by: str
    changed_at: datetime


def model_of(view: LanguageModelView) -> Model:
    """A model as it is told."""
    return Model.of(
        view,
        provider=view.provider_name,
        default=view.is_default,
        prices={name: str(price) for name, price in view.prices.items()},
        aliases=view.aliases or (),
    )


def pointer(name: str) -> str:
    """Where a field of the services stands in the body."""
    if name in LIMITS:
        return f"/limits/{name}"
    if name.startswith("price_"):
        return f"/prices/{name.removeprefix('price_')}"
    if name in Draft.__dataclass_fields__ or name in ("provider", *PRICES):
        return f"/{name}"
    return f"/options/{name}"
