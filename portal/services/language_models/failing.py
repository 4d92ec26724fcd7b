"""Models that fail alone: chats met a fault that is the model's, while its provider answers with others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain.faults import Category, sentence
from portal.domain.health import Level, Verdict, verdict_of
from portal.domain.provider_status import AGAINST_MODELS
from portal.store import provider_faults as store
from portal.store.base import Session

MOST = 50
"""As many failing models the overview looks at."""


@dataclass(frozen=True)
class ModelFailing:
    """What chats met at one model, and since when."""

    verdict: Verdict
    sentence: str
    since: datetime


@dataclass(frozen=True)
class OfferedFailing:
    """A model that is offered and fails, with how many people it left without an answer."""

    id: UUID
    display_name: str
    provider_label: str
    failing: ModelFailing
    people: int


def failing_models(
    session: Session, labels: Mapping[UUID, str], wire_names: Iterable[str], now: datetime
) -> dict[tuple[UUID, str], ModelFailing]:
    """Of these models, by provider and model ID, those that fail alone: one query. `labels` are the providers'."""
    found = store.of_models(session, labels, wire_names, now)
    return {key: _failing(row.category, labels[key[0]], row.since) for key, row in found.items()}


def offered_and_failing(session: Session, now: datetime) -> tuple[OfferedFailing, ...]:
    """The models that people are offered and that fail alone, the longest first: two queries."""
    rows = store.of_offered_models(session, now, MOST)
    asked = {row.model_id: (row.provider_id, row.since, f"{row.provider_name}:{row.name}") for row in rows}
    people = store.people_without_answer(session, asked.values(), AGAINST_MODELS)
    return tuple(
        OfferedFailing(
            row.model_id,
            row.display_name,
            row.provider_label,
            _failing(row.category, row.provider_label, row.since),
            people.get(asked[row.model_id], 0),
        )
        for row in rows
    )


def _failing(category: str, label: str, since: datetime) -> ModelFailing:
    """Its level is attention at most: the provider answers with other models."""
    verdict = Verdict(Level.ATTENTION, verdict_of(Category(category)).word)
    return ModelFailing(verdict, sentence(Category(category), label), since)
