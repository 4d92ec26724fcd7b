"""The row of a published model: finding it, what a draft puts into it, and what the audit trail keeps of it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from portal.domain.errors import NotFound
from portal.domain.language_models import Draft, day
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.store import language_models as store
from portal.store import providers
from portal.store.base import Session
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord

SAVED = (
    "wire_name",
    "display_name",
    "description",
    "context_limit",
    "recommended",
    "features",
    "capabilities",
    "chats",
    "effort_default",
    "effort_most",
    "output_limit",
    "retires_on",
    "options",
    "limits",
    "prices",
    "modalities",
)
"""Only these of a draft are saved, in the order of the form; the audit trail keeps those that changed."""


def find_living(session: Session, language_model_id: UUID) -> tuple[LanguageModelRecord, ProviderRecord]:
    """A published model and its provider. Raises `NotFound`."""
    record = store.find(session, language_model_id)
    provider = providers.find_by_id(session, record.provider_id) if record else None
    if record is None or provider is None:
        raise NotFound("There is no such model. It may have been deleted.")
    return record, provider


def columns_of(draft: Draft) -> dict[str, Any]:
    """What a clean draft puts into a model's row; all but its name, place and aliases."""
    values = {**asdict(draft), "retires_on": day(draft.retires_on) if draft.retires_on else None}
    saved = {column: list(values[column]) if isinstance(values[column], tuple) else values[column] for column in SAVED}
    return {**saved, "sources": dict(draft.sources)}


def words_of(record: LanguageModelRecord) -> dict[str, Any]:
    """What the audit trail compares of a model, before and after."""
    words = {column.replace("_", " "): getattr(record, column) for column in SAVED}
    words["retires on"] = record.retires_on.isoformat() if record.retires_on else ""
    return words


def identity(record: LanguageModelRecord) -> dict[str, Any]:
    """What the audit trail keeps of a model that comes or goes, under the name that its rows have always had."""
    return {"wire name": record.wire_name}


def record_act(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    verb: str,
    record: LanguageModelRecord,
    provider: ProviderRecord,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """The audit row of one act on a model."""
    label = f"{provider.name}:{record.name}"
    audit_trail.record(session, runtime, actor, verb, "model", str(record.id), label, before=before, after=after)
