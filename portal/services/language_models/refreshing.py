"""What a later listing says of models that are published: it fills in what nobody typed, and nothing else."""

from collections.abc import Mapping
from uuid import UUID

from portal.domain.model_facts import SOURCE_WORDS, Value, with_facts
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.language_models import default_model
from portal.services.language_models.prefilling import from_kept, news_for
from portal.services.language_models.records import columns_of, record_act, words_of
from portal.services.language_models.view import draft_of
from portal.services.runtime import Runtime
from portal.store import language_models as store
from portal.store import providers
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog


def refresh(actor: Actor, runtime: Runtime, provider_id: UUID, told: Mapping[str, Mapping[str, Value]]) -> int:
    """Fill in what is new of a provider's published models; how many it changed, each with a row in the audit trail.

    Somebody who may look at listings and not change models changes none.
    """
    if not actor.may(Permission.PROVIDER_EDIT) or not told or not _any_news(provider_id, told):
        return 0
    with transaction() as session:
        state = lock_catalog(session)
        provider = providers.find_by_id(session, provider_id)
        if provider is None:
            return 0
        changed = 0
        for record in store.living_of(session, provider_id):
            draft, listed = draft_of(record), from_kept(told.get(record.wire_name))
            facts = news_for(draft, provider.type, listed) if listed else {}
            if not facts:
                continue
            before = words_of(record)
            for column, value in columns_of(with_facts(draft, facts)).items():
                setattr(record, column, value)
            after = words_of(record)
            differing = [key for key in after if after[key] != before[key]]
            if differing:
                changed += 1
                record.changed_at = runtime.now()
                sources = ", ".join(sorted({SOURCE_WORDS[fact.source] for fact in facts.values()}))
                record_act(
                    session,
                    runtime,
                    actor,
                    "model.refresh",
                    record,
                    provider,
                    before={key: before[key] for key in differing},
                    after={key: after[key] for key in differing} | {"source": sources},
                )
        default_model.ensure_default(session, runtime, actor, state)
        return changed


def _any_news(provider_id: UUID, told: Mapping[str, Mapping[str, Value]]) -> bool:
    """Whether there is anything to write: a listing that says what is known already raises no version."""
    with reading() as session:
        provider = providers.find_by_id(session, provider_id)
        return provider is not None and any(
            news_for(draft_of(record), provider.type, listed)
            for record in store.living_of(session, provider_id)
            if (listed := from_kept(told.get(record.wire_name)))
        )
