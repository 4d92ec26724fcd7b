"""Answering: whoever reads gets it event by event, may leave or stop it, and how it ended is stored in any case."""

import time
from collections.abc import Generator
from uuid import UUID

import structlog

from portal.domain.budgets import BudgetReached, UnpricedModel
from portal.domain.chats import State
from portal.domain.errors import NotFound, PortalError, Unavailable
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.limits import LimitReached
from portal.domain.people import Actor
from portal.services.chat import afterwards, expiry, ownership
from portal.services.chat.events import Answered, Began, Ended, Event
from portal.services.chat.messages import Sent
from portal.services.chat.outcomes import Outcome
from portal.services.chat.writer import Writer, leaving
from portal.services.runtime import Runtime
from portal.store import attempts as stored_attempts
from portal.store.base import transaction

FINISH_RETRY_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between two tries at writing down how an answer ended."""

log = structlog.get_logger("portal.answering")


def answer(actor: Actor, runtime: Runtime, sent: Sent) -> Generator[Event]:
    """Write the answer that `sent` waits for, event by event, from `Began` to `Ended`.

    Whoever stops reading closes the iterator: the request is cancelled, and the part that arrived is kept.
    """
    writer = Writer(actor, runtime, sent)
    outcome = Outcome(State.INCOMPLETE)  # the reader left: what arrived by then is all there will be
    try:
        yield Began()
        yield from writer.write()
        outcome = writer.outcome
    except UpstreamError as error:
        outcome = writer.failed(error.fault)
    except LimitReached as error:
        # Nobody was asked: it has failed, where a provider's own limit leaves room for a fallback.
        fault = Fault(Category.RATE_LIMIT, hint=error.sentence, status=429, retry_after=error.retry_after)
        outcome = Outcome(State.FAILED, fault)
    except (BudgetReached, UnpricedModel) as error:
        outcome = Outcome(State.FAILED, Fault(Category.REJECTED, hint=error.sentence, status=error.status))
    except PortalError as error:
        outcome = writer.failed(Fault(Category.REJECTED, hint=error.sentence))
    except Exception:  # whatever broke: question and part are kept, and the attempt is finished
        log.exception("answer_broke", **writer.names())
        outcome = Outcome(State.INCOMPLETE if writer.has_words else State.FAILED)
    finally:
        answered = _finish(writer, outcome)
    yield Ended(outcome.state, answered, afterwards.begin(actor, runtime, sent, answered))


def _finish(writer: Writer, outcome: Outcome) -> Answered | None:
    """Write down how it ended. A database that is away for a moment is waited for: the words are here alone."""
    for pause in FINISH_RETRY_PAUSES:
        try:
            return writer.finish(outcome)
        except Unavailable as error:
            log.warning("not_kept", reason=str(error.__cause__), **writer.names())
            time.sleep(pause)
    return writer.finish(outcome)


def answer_whole(actor: Actor, runtime: Runtime, sent: Sent) -> None:
    """The same for one who waits for all of it: a browser without a script."""
    for _event in answer(actor, runtime, sent):
        pass


def stop(actor: Actor, runtime: Runtime, chat_id: UUID, attempt_id: UUID) -> None:
    """Ask whichever process writes this answer to stop. Nothing happens when it has ended already."""
    with transaction() as session:
        _, owned = ownership.find(session, actor, chat_id, lock=True)
        if stored_attempts.attempt_of(session, owned, attempt_id) is None:
            raise NotFound
        expiry.expire(session, owned, runtime.now())
        stored_attempts.ask_to_stop(session, owned, attempt_id)


def wind_down() -> None:
    """End every answer that this process is writing, and keep what arrived: the process is about to go."""
    leaving.set()
