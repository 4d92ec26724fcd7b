"""What follows an answer: its chat is named, or summarised, by threads that nobody waits for."""

from portal.domain.chats import State
from portal.domain.people import Actor
from portal.domain.selection import Selection
from portal.services.chat import compaction, errands, titles
from portal.services.chat.events import Answered
from portal.services.chat.messages import Sent
from portal.services.runtime import Runtime
from portal.services.selection import choosing

LEAVES_WORDS = frozenset({State.COMPLETE, State.INCOMPLETE, State.STOPPED})

LOOKED_AT = 3
"""A summarising model of its own is asked for its threshold once a chat takes one in so many of its tokens."""


def begin(actor: Actor, runtime: Runtime, sent: Sent, answered: Answered | None) -> bool:
    """Begin what follows this answer, and wait for none of it. True when something does."""
    answer = answered.turn.answer if answered else None
    if answered is None or answer is None:
        return False
    turn, chat_id = answered.turn, sent.chat_id
    follows = False
    if turn.parent_id is None and answer.state is State.COMPLETE and answer.text.strip():
        follows = titles.begin(actor, runtime, chat_id, turn.text, answer.text)
    if answer.state in LEAVES_WORDS and turn.parent_id is not None and _may_be_full(actor, runtime, sent, answered):
        room, used, turn_id = answered.room, answered.used, turn.id
        follows |= errands.here().take(
            lambda cancel: compaction.follow(actor, runtime, chat_id, turn_id, room, used, cancel)
        )
    return follows


def _may_be_full(actor: Actor, runtime: Runtime, sent: Sent, answered: Answered) -> bool:
    """Whether it is worth asking the database if a chat is past its threshold. This asks none: every answer does it."""
    room, used = answered.room, answered.used
    if room.begins is not None and used >= room.begins:
        return True
    if sent.begun is None:
        return False
    catalog, answering = choosing.known_catalog(runtime), sent.begun.selection.language_model_id
    other = choosing.choose_from(catalog, actor, compaction.CONTEXT, chat_model_id=answering)
    if not isinstance(other, Selection) or other.language_model_id == answering:
        return False
    return used * LOOKED_AT >= catalog.models[other.language_model_id].context_limit
