"""What a model is asked for one attempt: the conversation so far, read from the database at one moment."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.dialects.base import ChatRequest, Message
from portal.dialects.provider_types.table import TYPES
from portal.domain.chats import SENT_AS_HISTORY, history
from portal.domain.efforts import with_effort
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.domain.pricing import Prices
from portal.domain.reasons import REASON_SENTENCES, Reason
from portal.services.chat import ownership
from portal.services.chat.sending import Sent
from portal.store import attempts as stored_attempts
from portal.store import chats as stored
from portal.store import language_models, providers
from portal.store.base import reading


@dataclass(frozen=True)
class Question:
    """All that generating an answer needs, gathered before any provider is called."""

    chat_request: ChatRequest
    provider_id: UUID
    provider_label: str
    model: str
    prices: Prices = field(default_factory=dict)


def read_question(actor: Actor, sent: Sent) -> Question:
    """The prompt for an attempt that is about to run. Failed and fallback attempts are not part of it."""
    with reading() as session:
        chat, owned = ownership.find(session, actor, sent.chat_id)
        attempt = stored_attempts.attempt_of(session, owned, sent.attempt_id)
        turn = stored.turn_of(session, owned, sent.turn_id)
        if attempt is None or turn is None or attempt.language_model_id is None or attempt.provider_id is None:
            raise NotFound
        model = language_models.find(session, attempt.language_model_id)
        if model is None:  # deleted between being chosen and being asked
            raise NotFound(REASON_SENTENCES[Reason.MODEL_DELETED])
        provider = providers.find_by_id(session, attempt.provider_id)
        type = TYPES.get(provider.type) if provider is not None else None
        exchanges = stored_attempts.exchanges_before(session, owned, turn, SENT_AS_HISTORY)
        lines = history([*exchanges, (turn.text, "")])
        return Question(
            chat_request=ChatRequest(
                wire_name=model.wire_name,
                messages=tuple(Message(line.role, line.text) for line in lines),
                system=chat.system_prompt,
                options=with_effort(dict(model.options), attempt.effort, type.dialect, type.name, model.wire_name)
                if type
                else dict(model.options),
            ),
            provider_id=attempt.provider_id,
            provider_label=attempt.provider_label,
            model=attempt.selected_model,
            prices=dict(model.prices),
        )
