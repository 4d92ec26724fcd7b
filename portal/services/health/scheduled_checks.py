"""Checking providers by schedule, each once in its interval, however many workers there are.

A worker claims a check by a conditional UPDATE and holds it for a limited time. What it finds is written down only if
it still holds it then, in one transaction with giving it back: a worker that dies loses nothing but time, and one that
is slow does not repeat what another has done meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from portal.dialects.base import Limits
from portal.domain.people import Actor
from portal.domain.schedule import LONGEST_LEASE, Plan, Probe, slot_after, spread
from portal.services.health import checks
from portal.services.health import recording as check_recording
from portal.services.health.history import SCHEDULE, CheckView
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store import schedules as store
from portal.store.base import Session, reading, transaction

SCHEDULER = Actor(None, SCHEDULE)
MARGIN = timedelta(seconds=10)
"""What a check may take beside its requests."""

REQUESTS = {Probe.LIST: 2, Probe.PING: 5}
"""How often a check's patience counts: for a token and the list; for a token, the answer whole and as a stream, the
answer without a key, and the list."""


@dataclass(frozen=True)
class DueCheck:
    """One check that a worker holds."""

    provider_id: UUID
    interval: timedelta
    probe: Probe
    patience: Limits
    by: str
    taken_at: datetime

    @property
    def next_at(self) -> datetime:
        return slot_after(self.provider_id, self.interval, self.taken_at)


def plans(runtime: Runtime) -> list[Plan]:
    """The schedules of all providers that are to be checked, the most overdue first."""
    with reading() as session:
        rows = store.agenda(session)
    found = [
        Plan(row.provider_id, timedelta(seconds=row.interval), row.next_at, row.claimed_until)
        for row in rows
        if row.interval > 0
    ]
    return sorted(found, key=lambda plan: plan.next_at)


def spread_out(runtime: Runtime) -> int:
    """After a stop or a jump of the clock: put those that are late together at times of their own; how many."""
    found = plans(runtime)
    seen = {plan.provider_id: plan.next_at for plan in found}
    put_off = spread(found, runtime.now())
    if not put_off:
        return 0
    with transaction() as session:
        return sum(store.move(session, id, seen[id], next_at) for id, next_at in sorted(put_off.items()))


def take(runtime: Runtime, plan: Plan, by: str) -> DueCheck | None:
    """Take the check that is due; None when another worker was faster, or the schedule was ended."""
    now = runtime.now()
    with transaction() as session:
        schedule = store.of_provider(session, plan.provider_id)
        provider = stored_providers.facts_for_an_endpoint(session, plan.provider_id)
        if schedule is None or provider is None:
            return None
        patience = _patience(provider.connect_timeout, provider.read_timeout)
        until = now + timedelta(seconds=REQUESTS[Probe(schedule.probe)] * (patience.total or 0)) + MARGIN
        if not store.claim(session, plan.provider_id, plan.next_at, by, until, now, now + LONGEST_LEASE):
            return None
        interval = timedelta(seconds=schedule.interval)
        return DueCheck(plan.provider_id, interval, Probe(schedule.probe), patience, by, now)


def carry_out(runtime: Runtime, due: DueCheck) -> CheckView | None:
    """Check, and write down what was found; None when the claim was lost, or its provider is gone.

    Whatever else goes wrong is raised, after the check was given back: the next one comes in the next interval.
    """
    try:
        with reading() as session:
            provider = stored_providers.find_by_id(session, due.provider_id)
            subject = checks.subject_of(session, provider, "provider", "") if provider else None
        if subject is None:
            _finish(due)
            return None
        started = runtime.now()
        finding = checks.run(runtime, subject, probe=due.probe, patience=due.patience)
        return check_recording.record(
            SCHEDULER,
            runtime,
            subject,
            finding,
            started,
            scheduled=True,
            still_ours=lambda session: _given_back(session, due),
        )
    except check_recording.Superseded:
        return None
    except Exception:  # raised again, after the check was given back
        _finish(due)
        raise


def let_go(by: str) -> int:
    """Give back whatever this worker still holds; how many checks there were."""
    with transaction() as session:
        return store.give_back(session, by)


def _finish(due: DueCheck) -> None:
    with transaction() as session:
        _given_back(session, due)


def _given_back(session: Session, due: DueCheck) -> bool:
    return store.finish(session, due.provider_id, due.by, due.next_at)


def _patience(connect: float, read: float) -> Limits:
    """A check is as patient as a person's test, and never more than the provider's own limits."""
    usual = checks.PATIENCE
    total = min(usual.total or read, read)
    return Limits(min(usual.connect, connect), min(usual.read, read), total)
