"""What a model is asked for one attempt, and where: read from the database at one moment, beside what is at hand."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.dialects.conversation import ChatRequest, Message
from portal.dialects.provider_types.table import TYPES
from portal.domain.chats import SENT_AS_HISTORY, history
from portal.domain.combinations import OptionValues
from portal.domain.efforts import with_effort
from portal.domain.errors import NotFound
from portal.domain.model_facts import is_assumed
from portal.domain.people import Actor
from portal.domain.pricing import Prices
from portal.domain.reasons import REASON_SENTENCES, Reason
from portal.domain.subagents import prompt_of
from portal.services.chat.messages import Sent
from portal.services.encryption import master_keys
from portal.services.keys import credentials, stored_endpoints
from portal.services.keys.stored_endpoints import StoredEndpoint
from portal.services.runtime import Runtime
from portal.store import questions
from portal.store.base import reading


@dataclass(frozen=True)
class Question:
    """All that generating an answer needs, gathered before any provider is called.

    `who` is the person whose own key is to serve, `endpoint` what is stored of where it goes; None for a provider that
    is gone. `context_limit` is the model's, `limit_is_assumed` says that the portal guessed it.
    """

    chat_request: ChatRequest
    provider_id: UUID
    provider_label: str
    model: str
    endpoint: StoredEndpoint | None = field(default=None, repr=False)
    who: UUID | None = None
    prices: Prices = field(default_factory=dict)
    context_limit: int = 0
    limit_is_assumed: bool = False


def read_question(actor: Actor, runtime: Runtime, sent: Sent) -> Question:
    """The prompt for an attempt that is about to run. Failed and fallback attempts are not part of it."""
    begun = sent.begun
    if begun is None:
        raise NotFound
    chosen, turn = begun.selection, begun.turn
    asked = prompt_of(turn.text)
    who = actor.id if chosen.credential == credentials.PERSONAL else None
    master_keys.ensure(runtime)
    with reading() as session:
        found = questions.asked_of(session, sent.chat_id, sent.attempt_id, chosen.language_model_id, chosen.provider_id)
        if found is None or found.model_deleted_at is not None:  # deleted between being chosen and being asked
            raise NotFound(REASON_SENTENCES[Reason.MODEL_DELETED])
        if not found.attempt_there:
            raise NotFound
        exchanges = questions.exchanges_before(session, sent.chat_id, turn.parent_id, SENT_AS_HISTORY)
        type = TYPES.get(found.type) if found.id is not None else None
        endpoint = stored_endpoints.stored_of(session, found, found.model_wire_name, who) if type is not None else None
    options: OptionValues = dict(found.model_options)
    if type is not None:
        options = with_effort(options, chosen.effort, type.dialect, type.name, found.model_wire_name)
    return Question(
        chat_request=ChatRequest(
            wire_name=found.model_wire_name,
            messages=tuple(Message.of(line.role, line.text) for line in history([*exchanges, (asked, "")])),
            system=begun.system_prompt,
            options=options,
        ),
        provider_id=chosen.provider_id,
        provider_label=chosen.provider_label,
        model=f"{chosen.provider_name}:{chosen.name}",
        endpoint=endpoint,
        who=who,
        prices=dict(found.model_prices),
        context_limit=found.model_context_limit,
        limit_is_assumed=is_assumed(found.model_sources),
    )
