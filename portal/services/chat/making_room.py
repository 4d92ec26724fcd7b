"""Room for a question that would not fit: the chat is summarised in a thread, so that whoever waits can look up."""

import threading
from uuid import UUID

import structlog

from portal.domain.chats import OwnedChatId
from portal.domain.compaction import Room, Why, tokens_in
from portal.domain.errors import Conflict, PortalError
from portal.domain.people import Actor
from portal.services.chat import compaction, compaction_states
from portal.services.chat.asides import Cancel, NotTold
from portal.services.chat.history import Question
from portal.services.runtime import Runtime
from portal.store.base import at, this_database

LOOK_EVERY = 1.0
"""Seconds between two looks at a summary that another process makes."""

NOT_SUMMARISED = "The older part of this chat could not be summarised, so all of it was sent."

log = structlog.get_logger("portal.compaction")


class Making:
    """One summary while it is made, of the branch up to a turn, for a question that has so much room.

    `made` says whether there is less to send now, and `fault` what is to be said where no summary came. Close it when
    it is not wanted any more.
    """

    def __init__(
        self, actor: Actor, runtime: Runtime, chat_id: OwnedChatId, last_turn_id: UUID, question: Question, room: Room
    ) -> None:
        self._actor, self._runtime, self._chat_id, self._last_turn_id = actor, runtime, chat_id, last_turn_id
        self._room = room
        self._spare = tokens_in(question.chat_request.messages[-1].text) + tokens_in(question.chat_request.system)
        self._cancel, self._done, self._left = Cancel(), threading.Event(), threading.Event()
        self._database = this_database()
        self.fault, self.made = "", False
        threading.Thread(target=self._run, name="making-room", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """True once it is done, or failed."""
        return self._done.wait(seconds)

    def close(self) -> None:
        self._left.set()
        self._cancel()

    def _run(self) -> None:
        try:
            with at(self._database):
                self._make()
        except (NotTold, PortalError) as error:
            self.fault = f"{NOT_SUMMARISED} {error.sentence}"
        except Exception:  # whatever broke: the question is sent as it is
            log.exception("making_room_broke", chat=str(self._chat_id))
            self.fault = NOT_SUMMARISED
        finally:
            self._done.set()

    def _make(self) -> None:
        for last in (False, True):
            try:
                self.made |= compaction.compact(
                    self._actor,
                    self._runtime,
                    self._chat_id,
                    self._last_turn_id,
                    Why.ROOM,
                    self._cancel,
                    room=self._room,
                    spare=self._spare,
                    newest=0,
                )
                return
            except Conflict:  # another tab or process is at it: what it makes may be enough
                if last:
                    raise
                self._wait_for_another()
                self.made = True

    def _wait_for_another(self) -> None:
        while compaction_states.is_under_way(self._runtime, self._chat_id) and not self._left.wait(LOOK_EVERY):
            pass
