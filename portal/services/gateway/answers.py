"""What goes back to a caller, and what the two ways of answering need of the request that they serve."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from portal.dialects.base import CancelToken
from portal.domain.budgets import Budget
from portal.domain.faults import Category, Fault
from portal.services.gateway import states
from portal.services.gateway.asking import COMPLETE, FAILED, LEFT, Asked, Record
from portal.services.gateway.states import Referred
from portal.services.gateway.targets import Target
from portal.services.keys import endpoints, learning
from portal.services.runtime import Runtime
from portal.services.usage import ledger
from portal.store.base import Database, at, transaction

OF_THE_CALLER = frozenset({Category.REJECTED, Category.CONTENT, Category.CONTEXT_LENGTH})
"""Faults in what the caller sent, which teach nothing of the provider."""

ENDED_EARLY = Fault(Category.SHAPE, "The provider's stream ended before the answer did.")


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller: a whole `body`, or `chunks` as they come, to be closed by whoever reads them.

    A blank chunk says that nothing has come for a while.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    chunks: Iterator[bytes] | None = None


@dataclass
class Exchange:
    """One request of a caller; `label` is the provider's. `state` is what it refers to that stays at a provider,
    `budgets` are those that it is paid from.

    `cancel` ends the request to the provider from another thread; `has_left` asks whether the caller has gone.
    """

    runtime: Runtime
    database: Database
    asked: Asked
    target: Target
    record: Record
    label: str
    has_left: Callable[[], bool]
    state: Referred | None = None
    budgets: tuple[Budget, ...] = ()
    cancel: CancelToken = field(default_factory=CancelToken)

    def keep(self, fault: Fault | None, status: int, *, left: bool = False) -> None:
        """Write down how it ended, with the status that the caller saw, and what that teaches of provider and model."""
        record = self.record
        record.prices = self.target.prices
        record.state = LEFT if left else FAILED if fault else COMPLETE
        record.category = fault.category.value if fault else ""
        record.status = status
        with at(self.database):
            row = record.row()
            paid = (self.runtime, self.budgets) if self.budgets else None
            ledger.here().write(row, states.rows(record.made, row) if record.made else (), paid)
            if record.resolved and not fault:
                endpoints.note_use(self.runtime, record.resolved)
            if not left:
                self._learn(fault)

    def _learn(self, fault: Fault | None) -> None:
        record, target = self.record, self.target
        teaches = fault.category not in OF_THE_CALLER if fault else target.faults_stand
        if record.resolved and teaches:
            with transaction() as session:
                learning.learn(session, self.runtime, record.resolved, target.wire_name, fault, record.at)


class Streaming:
    """Keeps a stream's row exactly once: with its last event, with its end, or when its reader has gone."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._kept = False

    def keep(self, fault: Fault | None = None, *, left: bool = False) -> None:
        if not self._kept:
            self._kept = True
            self._exchange.keep(fault, 200, left=left)
