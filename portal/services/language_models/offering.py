"""What many models are offered for, and which role reaches them: what is done to those that are ticked."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.domain.errors import Invalid
from portal.domain.features import NAMES
from portal.domain.people import Actor
from portal.services.language_models.lifecycle import ticked
from portal.services.language_models.records import record_act
from portal.services.people import role_models
from portal.services.people.role_models import Reached
from portal.services.runtime import Runtime
from portal.store import providers
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog


@dataclass(frozen=True)
class Ticked:
    """The ticked models that are still there: what they are called, and their addresses, `provider:model`."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]


def read_ticked(actor: Actor, runtime: Runtime, ids: Sequence[UUID]) -> Ticked:
    """What the ticked models are called."""
    with reading() as session:
        return _read(session, ids)


def offer_many(actor: Actor, runtime: Runtime, ids: Sequence[UUID], feature: str, *, on: bool) -> int:
    """Offer the ticked models for a use, or no longer; how many it changed.

    Raises `Invalid` for an unknown use, and where a model would be left with none: such a one is offered nowhere.
    """
    if feature not in NAMES:
        raise Invalid({"": "Choose one of the uses of the list."})
    with transaction() as session:
        lock_catalog(session)
        changed = [record for record in ticked(session, ids) if (feature in record.features) != on]
        bare = [record.display_name for record in changed if not on and record.features == [feature]]
        if bare:
            others = f" and {len(bare) - 1:,} more" if len(bare) > 1 else ""
            raise Invalid({"": f"{bare[0]}{others} would be offered for nothing. Turn off instead, or tick fewer."})
        for record in changed:
            before = {"features": list(record.features)}
            others_of_it = [name for name in record.features if name != feature]
            record.features = [*record.features, feature] if on else others_of_it
            record.changed_at = runtime.now()
            provider = providers.find_by_id(session, record.provider_id)
            if provider is not None:
                after = {"features": list(record.features)}
                record_act(session, runtime, actor, "model.change", record, provider, before, after)
        return len(changed)


def reach_many(actor: Actor, runtime: Runtime, ids: Sequence[UUID], role_id: UUID, *, on: bool) -> Reached:
    """Let a role reach the ticked models, or no longer, by patterns of their addresses."""
    return role_models.reach(actor, runtime, role_id, read_ticked(actor, runtime, ids).addresses, on=on)


def _read(session: Session, ids: Sequence[UUID]) -> Ticked:
    records = ticked(session, ids)
    named = {id: providers.find_by_id(session, id) for id in {record.provider_id for record in records}}
    addresses = (f"{found.name}:{record.name}" for record in records if (found := named[record.provider_id]))
    return Ticked(tuple(record.display_name for record in records), tuple(addresses))
