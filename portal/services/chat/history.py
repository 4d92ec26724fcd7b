"""What a model is asked for one attempt, and where: read from the database at one moment, beside what is at hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from portal.dialects.conversation import ChatRequest, Message, Part, Text
from portal.dialects.provider_types.table import TYPES
from portal.domain.chats import SENT_AS_HISTORY, Line, history
from portal.domain.combinations import OptionValues
from portal.domain.compaction import Room, handed_on, room, tokens_in
from portal.domain.efforts import with_effort
from portal.domain.errors import NotFound
from portal.domain.model_facts import is_assumed
from portal.domain.people import Actor
from portal.domain.pricing import Prices
from portal.domain.reasons import REASON_SENTENCES, Reason
from portal.domain.who_asked import Asker
from portal.services.chat import attached_parts
from portal.services.chat.fitting import abilities
from portal.services.chat.messages import Sent
from portal.services.encryption import master_keys
from portal.services.keys import credentials, stored_endpoints
from portal.services.keys.stored_endpoints import StoredEndpoint
from portal.services.runtime import Runtime
from portal.store import attachments, compactions, people, questions
from portal.store.base import Session, reading
from portal.store.compactions import Since

NO_FILES: Mapping[int, tuple[Part, ...]] = {}


@dataclass(frozen=True)
class Question:
    """All that generating an answer needs, gathered before any provider is called.

    `who` is the person whose own key is to serve, `endpoint` what is stored of where it goes; None for a provider that
    is gone. `context_limit` is the model's, `limit_is_assumed` says that the portal guessed it. `asker` is who
    asks, where the provider is told of that.
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
    asker: Asker | None = None

    @property
    def room(self) -> Room:
        """How much the conversation may take for the model that is asked."""
        return room(self.context_limit, self.chat_request.options)

    @property
    def tokens(self) -> int:
        """About how many tokens it takes."""
        words = (message.text for message in self.chat_request.messages)
        return tokens_in(self.chat_request.system) + sum(map(tokens_in, words))

    @property
    def fits(self) -> bool:
        """Whether the model can read it and has room left to answer, as far as that is known beforehand."""
        most = self.context_limit - self.context_limit // 50
        # No text takes more tokens than it has characters, by the way they are counted here.
        length = len(self.chat_request.system) + sum(len(message.text) for message in self.chat_request.messages)
        return not self.context_limit or length <= most or self.tokens <= most


def read_question(actor: Actor, runtime: Runtime, sent: Sent) -> Question:
    """The prompt for an attempt that is about to run. Failed and fallback attempts are not part of it."""
    begun = sent.begun
    if begun is None:
        raise NotFound
    chosen, turn = begun.selection, begun.turn
    who = actor.id if chosen.credential == credentials.PERSONAL else None
    master_keys.ensure(runtime)
    with reading() as session:
        found = questions.asked_of(session, sent.chat_id, sent.attempt_id, chosen.language_model_id, chosen.provider_id)
        if found is None or found.model_deleted_at is not None:  # deleted between being chosen and being asked
            raise NotFound(REASON_SENTENCES[Reason.MODEL_DELETED])
        if not found.attempt_there:
            raise NotFound
        since = compactions.since_summary(session, sent.chat_id, turn.parent_id, SENT_AS_HISTORY)
        type = TYPES.get(found.type) if found.id is not None else None
        endpoint = stored_endpoints.stored_of(session, found, found.model_wire_name, who) if type is not None else None
        asker = _asker(session, actor) if found.who_asked else None
        parts: dict[int, tuple[Part, ...]] = {}
        if found.attached:
            can = abilities(found.model_capabilities, found.model_modalities, found.type or "")
            # What a summary stands for is not read again, its files as little as its words.
            attached = attachments.on_branch(session, sent.chat_id, turn.id, len(since.exchanges) + 1)
            last = len(since.exchanges) + bool(since.summary)
            parts = attached_parts.by_question(session, attached, can, type.dialect if type else "", last)
    options: OptionValues = dict(found.model_options)
    if type is not None:
        options = with_effort(options, chosen.effort, type.dialect, type.name, found.model_wire_name)
    return Question(
        chat_request=ChatRequest(
            wire_name=found.model_wire_name,
            messages=messages_of(since, turn.text, parts),
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
        asker=asker,
    )


def _asker(session: Session, actor: Actor) -> Asker | None:
    person = people.user_by_id(session, actor.id) if actor.id is not None else None
    return Asker(person.id, person.name, person.email) if person is not None else None


def messages_of(since: Since, asked: str, parts: Mapping[int, tuple[Part, ...]] = NO_FILES) -> tuple[Message, ...]:
    """A branch with the question that follows it: the summary of its older part first, if it has one.

    `parts` are the files of its questions, by their number, a summary counted as one.
    """
    before = [(handed_on(since.summary), "")] if since.summary else []
    exchanges = [(each.asked, each.answered) for each in since.exchanges]
    return tuple(_message(line, parts) for line in history([*before, *exchanges, (asked, "")]))


def _message(line: Line, parts: Mapping[int, tuple[Part, ...]]) -> Message:
    """What one side wrote, after the files that came with it."""
    files = tuple(part for number in line.asked for part in parts.get(number, ()))
    return Message(line.role, (*files, Text(line.text))) if files else Message.of(line.role, line.text)
