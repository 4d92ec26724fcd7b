"""What changes for people when a model goes: said before it is done."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.people import Actor
from portal.services.language_models import default_model
from portal.services.runtime import Runtime
from portal.store import impact as store
from portal.store.base import reading


@dataclass(frozen=True)
class Impact:
    """`chats` are set to the model and go on with the default; `heir` becomes the default, where it was that."""

    chats: int
    heir: str


def of_deleting(actor: Actor, runtime: Runtime, language_model_id: UUID) -> Impact:
    """What deleting this model changes."""
    with reading() as session:
        chats = store.chats_set_to(session, language_model_id)
    return Impact(chats, default_model.heir_of(runtime, language_model_id))
