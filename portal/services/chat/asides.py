"""Asking a model beside a chat: its name, a summary. The answer comes whole, and no person reads it as it arrives.

What holds for an answer holds here: its own selection, keys one after the other, cooldowns, redaction, what is learned,
and a row of usage. None of it is done inside a session.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import structlog

from portal.dialects.base import CancelToken, Limits
from portal.dialects.conversation import ChatRequest, Message, Usage
from portal.dialects.provider_types.table import TYPES
from portal.domain import pricing
from portal.domain.budgets import BudgetReached, UnpricedModel
from portal.domain.combinations import OptionValues
from portal.domain.efforts import with_effort
from portal.domain.errors import NotFound
from portal.domain.faults import Category, Fault, UpstreamError, sentence
from portal.domain.limits import LimitReached
from portal.domain.people import Actor
from portal.domain.pricing import Prices
from portal.domain.reasons import REASON_SENTENCES, Reason
from portal.domain.selection import Refusal, Selection
from portal.services.allowances import counting, paying
from portal.services.allowances.paying import Budgets
from portal.services.chat.outcomes import counted
from portal.services.encryption import master_keys
from portal.services.keys import cooldown as key_cooldown
from portal.services.keys import credentials, endpoints, learning, stored_endpoints
from portal.services.keys.stored_endpoints import ResolvedEndpoint, StoredEndpoint
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.upstream import calls
from portal.services.usage import ledger
from portal.store import language_models
from portal.store import providers as stored_providers
from portal.store.base import reading, transaction

log = structlog.get_logger("portal.asides")


class NotTold(Exception):
    """There is no answer. `reason` is one word of a log; `sentence` says the same to a person."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(reason)
        self.reason, self.sentence = reason, sentence


class Cancel(CancelToken):
    """Ends it from another thread, now or when the next question would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = False

    def __call__(self) -> None:
        self.asked = True
        super().__call__()


@dataclass(frozen=True)
class Chosen:
    """The model that is asked for one purpose, as it is stored now. `limit` is how many tokens it can read."""

    context: str
    selection: Selection
    wire_name: str
    options: OptionValues
    prices: Prices
    limit: int
    endpoint: StoredEndpoint = field(repr=False)
    who: UUID | None = None

    @property
    def model(self) -> str:
        return f"{self.selection.provider_name}:{self.selection.name}"


@dataclass(frozen=True)
class Told:
    """A whole answer. `columns` are its tokens and cost by their names in a row, None where nobody counted them."""

    text: str
    key_source: str
    total_ms: int
    columns: dict[str, Any]


def choose(actor: Actor, runtime: Runtime, context: str, chat_model_id: UUID | None) -> Chosen:
    """The model for this purpose in a chat that is set to that model. Raises `NotTold` where none can be used."""
    chosen = choosing.choose(runtime, actor, context, chat_model_id)
    if isinstance(chosen, Refusal):
        raise NotTold(chosen.reason.value, f"No model can be used for it: {REASON_SENTENCES[chosen.reason]}")
    who = actor.id if chosen.credential == credentials.PERSONAL else None
    master_keys.ensure(runtime)
    try:
        with reading() as session:
            model = language_models.facts_for_a_request(session, chosen.language_model_id)
            if model is None:
                raise NotFound
            provider = stored_providers.facts_for_an_endpoint(session, chosen.provider_id)
            endpoint = stored_endpoints.stored_of(session, provider, model.wire_name, who)
    except NotFound:  # deleted between being chosen and being asked
        raise NotTold(Reason.MODEL_DELETED.value, REASON_SENTENCES[Reason.MODEL_DELETED]) from None
    type = TYPES[endpoint.type.name]
    options = with_effort(dict(model.options), chosen.effort, type.dialect, type.name, model.wire_name)
    return Chosen(
        context, chosen, model.wire_name, options, dict(model.prices), model.context_limit, endpoint=endpoint, who=who
    )


def ask(
    actor: Actor, runtime: Runtime, chosen: Chosen, system: str, text: str, *, seconds: float, cancel: Cancel
) -> Told:
    """One question, answered within so many seconds. Raises `NotTold`, and is written down as used in any case."""
    try:
        version, priced = choosing.known_catalog(runtime).version, pricing.is_priced(chosen.prices)
        budgets = paying.enter(runtime, actor, None, version, priced=priced)
        counting.enter_aside(runtime, chosen.selection.provider_id, version, chosen.selection.provider_label)
    except (BudgetReached, UnpricedModel, LimitReached) as refused:
        raise NotTold(refused.code, refused.sentence) from None
    asking = _Asking(actor, runtime, chosen, seconds, cancel, budgets)
    request = ChatRequest(chosen.wire_name, (Message.of("user", text),), system=system, options=chosen.options)
    fault = asking.send(request)
    asking.keep(fault)
    if fault is not None or asking.outcome is None:
        fault = fault or Fault(Category.CONNECT)
        log.warning("aside_failed", category=fault.category.value, status=fault.status, **asking.names())
        label = chosen.selection.provider_label
        raise NotTold("given_up" if cancel.asked else fault.category.value, _sentence(fault, label, cancel.asked))
    return Told(asking.outcome.answer.text, asking.key_source, asking.elapsed(), asking.counts())


def _sentence(fault: Fault, label: str, given_up: bool) -> str:
    if given_up:
        return "It was given up before it was done."
    return sentence(fault.category, label)


class _Asking:
    """One question while it is asked."""

    def __init__(
        self, actor: Actor, runtime: Runtime, chosen: Chosen, seconds: float, cancel: Cancel, budgets: Budgets
    ) -> None:
        self._actor, self._runtime, self._chosen, self._cancel = actor, runtime, chosen, cancel
        self._budgets = budgets
        self._at: datetime = runtime.now()
        self._began = time.monotonic()
        self._until = self._began + seconds
        self._resolved: ResolvedEndpoint | None = None
        self.outcome: calls.Outcome | None = None

    def send(self, request: ChatRequest) -> Fault | None:
        """Ask with one key after the other, until one answers or fails by more than its own fault."""
        chosen, runtime = self._chosen, self._runtime
        fault: Fault | None = None
        try:
            for resolved in endpoints.candidates(
                runtime, chosen.selection.provider_id, chosen.who, chosen.wire_name, chosen.endpoint
            ):
                left = self._until - time.monotonic()
                if self._cancel.asked or left <= 0:
                    return fault or Fault(Category.TIMEOUT)
                self._resolved = resolved
                limits = Limits(connect=min(resolved.limits.connect, left), read=left, total=left)
                try:
                    self.outcome = calls.ask(
                        resolved.way_out(runtime),
                        resolved.endpoint,
                        resolved.destination,
                        request,
                        limits,
                        self._cancel,
                    )
                    fault = None
                except UpstreamError as error:
                    fault = error.fault
                if self._cancel.asked or not key_cooldown.note(runtime, resolved, fault, model=chosen.wire_name):
                    return fault
        except UpstreamError as error:  # no key of the pool may be asked
            fault = fault or error.fault
        except NotFound:
            fault = fault or Fault(Category.NEED_KEY)
        return fault

    def keep(self, fault: Fault | None) -> None:
        """Write down that it was asked, how that ended, and what it teaches of provider, model and key."""
        runtime, resolved = self._runtime, self._resolved
        ledger.here().write(self._row(fault), (), (runtime, self._budgets) if self._budgets else None)
        if resolved is None or self._cancel.asked:
            return
        if fault is None:
            endpoints.note_use(runtime, resolved)
        with transaction() as session:
            learning.learn(session, runtime, resolved, self._chosen.wire_name, fault, self._at)

    def _row(self, fault: Fault | None) -> dict[str, Any]:
        chosen, resolved = self._chosen, self._resolved
        return {
            "id": uuid4(),
            "at": self._at,
            "user_id": self._actor.id,
            "team_id": self._actor.team_id,
            "token_id": None,
            "application_id": None,
            "end_user": "",
            "api": "chat",
            "client": "portal",
            "session": "",
            "context": chosen.context,
            "language_model_id": chosen.selection.language_model_id,
            "provider_id": chosen.selection.provider_id,
            "model": chosen.model[:300],
            "layer": chosen.selection.layer.value,
            "key_source": self.key_source,
            "key_id": resolved.key_id if resolved else None,
            "streamed": False,
            "passed": False,
            "state": "left" if self._cancel.asked else "failed" if fault else "complete",
            "status": (fault.status or 0) if fault else 200,
            "category": fault.category.value if fault and not self._cancel.asked else "",
            **self.counts(),
            "first_ms": None,
            "total_ms": self.elapsed(),
            "request_id": "",
            "provider_request_id": (self.outcome.answer.request_id if self.outcome else "")[:200],
        }

    def counts(self) -> dict[str, Any]:
        """Tokens and cost, by the names of their columns."""
        usage = self.outcome.answer.usage if self.outcome else None
        found = counted(usage or Usage(), self._chosen.prices)
        return found if usage else dict.fromkeys(found)

    @property
    def key_source(self) -> str:
        return self._resolved.source if self._resolved else self._chosen.selection.credential

    def elapsed(self) -> int:
        return round((time.monotonic() - self._began) * 1000)

    def names(self) -> dict[str, str]:
        """Who, for what and where, for the log."""
        return {
            "user": str(self._actor.id),
            "context": self._chosen.context,
            "provider": self._chosen.selection.provider_name,
            "model": self._chosen.model,
        }
