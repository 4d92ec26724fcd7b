"""The models of a provider that is just being connected."""

from collections.abc import Sequence

from portal.domain import language_models as models_domain
from portal.domain.errors import Invalid
from portal.domain.people import Actor
from portal.services.language_models import model_data, publishing
from portal.services.providers.drafts import Prepared
from portal.services.runtime import Runtime
from portal.store.base import Session
from portal.store.providers import ProviderRecord


def publish(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    provider: ProviderRecord,
    drafts: Sequence[models_domain.Draft],
) -> int:
    """Publish them, and return how many they are. Raises `Invalid` where one cannot be."""
    try:
        return len(publishing.publish_many(session, runtime, actor, provider, drafts))
    except Invalid as invalid:
        raise Invalid({"models": f"One of the models cannot be published. {invalid.sentence}"}) from invalid


def unchosen(prepared: Prepared) -> Sequence[models_domain.Draft]:
    """What is published when nobody chose: the model that the address named, the usual ones, or the tested one."""
    kind, tested = prepared.type, prepared.draft.test_model
    if prepared.model:
        return [model_data.draft_of(kind.name, prepared.model)]
    if kind.default_models or models_domain.name_fault(tested):
        return publishing.default_drafts(kind)
    return [model_data.draft_of(kind.name, tested)]
