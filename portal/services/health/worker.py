"""The worker: asks what is due, has it done by a bounded number of threads, and sleeps until the next is."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count

import structlog

from portal.domain.schedule import Plan, is_due, is_free, until_next
from portal.services.applications import ended
from portal.services.chat import attachments as chat_attachments
from portal.services.chat import shelves
from portal.services.chat import words as chat_words
from portal.services.health import retention as check_retention
from portal.services.health import scheduled_checks
from portal.services.runtime import Runtime
from portal.services.usage import retention as usage_retention
from portal.services.usage import summing as usage_summing
from portal.services.webhooks import delivery as webhook_delivery
from portal.services.webhooks import telling as webhook_telling

THREADS = 32
COURIERS = 4
"""Threads for messages to the webhook and for clearing away: a webhook that hangs holds no check up."""
NAP = timedelta(seconds=2)
"""The longest sleep: a schedule that was changed is noticed within it."""
JUMP = 10.0
"""Seconds by which the clock may depart from time itself before that is taken for a jump, or a suspended machine."""
SUMS = timedelta(seconds=10)
"""How often usage is summed and words are listed: until then pages add what no day counts and no list has yet."""
BREATH = 0.05
"""Seconds between two transactions of clearing away."""

log = structlog.get_logger("portal.worker")


class Worker:
    """Runs until it is told to stop; then it begins nothing more, and what runs is finished and given back.

    `within` opens what a thread needs to reach the database. Nothing that goes wrong with a check ends the worker.
    """

    def __init__(
        self, runtime: Runtime, within: Callable[[], AbstractContextManager[object]], *, threads: int = THREADS
    ) -> None:
        self.name = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._runtime = runtime
        self._within = within
        self._checks = ThreadPoolExecutor(threads, "check")
        self._errands = ThreadPoolExecutor(COURIERS, "errand")
        self._free = threading.BoundedSemaphore(threads)
        self._couriers = threading.BoundedSemaphore(COURIERS)
        self._numbers = count(1)
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._starved = False
        self._cleared_on: date | None = None
        self._sums_at: datetime | None = None
        self._last_turn: tuple[datetime, float] | None = None

    def stop(self) -> None:
        """Begin nothing more. May be called from a signal's handler, and more than once."""
        self._stopping.set()
        self._news.set()

    def run(self) -> None:
        """Work until `stop`, then finish what runs."""
        while not self._stopping.is_set():
            self._news.clear()
            try:
                with self._within():
                    wait = self.turn()
            except Exception:  # the database may be away for a moment, or for the night: the next turn tries again
                log.exception("the worker could not read the schedules")
                wait = NAP
            if not self._stopping.is_set():
                self._news.wait(wait.total_seconds())
        self._checks.shutdown(wait=True)
        self._errands.shutdown(wait=True)
        try:
            with self._within():
                scheduled_checks.let_go(f"{self.name}/")
        except Exception:  # it ends all the same: what it still holds is anybody's when its time has run out
            log.exception("checks could not be given back; their time will run out")

    def turn(self) -> timedelta:
        """Begin everything that is due and for which there is a thread; returns how long nothing more is."""
        if self._time_jumped():
            scheduled_checks.spread_out(self._runtime)
        waits = [self._begin_due_checks(), self._run_errands()]
        return min(waits)

    def _begin_due_checks(self) -> timedelta:
        plans = scheduled_checks.plans(self._runtime)
        now = self._runtime.now()
        due = [plan for plan in plans if is_due(plan, now)]
        # Said before the threads are asked for: whichever gets free now, or later, ends the wait.
        self._starved = len(due) > 0
        for plan in due:
            if self._stopping.is_set() or not self._free.acquire(blocking=False):
                return NAP
            self._begin_check(plan)
        self._starved = False
        waiting = set(due)
        return until_next([plan for plan in plans if plan not in waiting], self._runtime.now(), NAP)

    def _begin_check(self, plan: Plan) -> None:
        """A thread is ours already, so nothing is ever taken that then waits for one."""
        check = None
        try:
            check = scheduled_checks.take(self._runtime, plan, f"{self.name}/{next(self._numbers)}")
        finally:
            if check is None:
                self._free.release()
        if check is not None:
            self._checks.submit(self._carry_out, check)

    def _carry_out(self, check: scheduled_checks.DueCheck) -> None:
        try:
            with self._within():
                scheduled_checks.carry_out(self._runtime, check)
        except Exception:  # one check must not stop the worker; in a thread nobody else would hear of it
            log.exception("a check failed", provider=str(check.provider_id))
        finally:
            self._free.release()
            if self._starved:
                self._news.set()

    def _run_errands(self) -> timedelta:
        now = self._runtime.now()
        messages = webhook_delivery.waiting(self._runtime)
        for message in messages:
            if message.next_at <= now and is_free(message.claimed_until, now):
                by = f"{self.name}/{next(self._numbers)}"
                self._send(partial(webhook_delivery.deliver, self._runtime, message, by))
        today = now.astimezone(UTC).date()
        if self._cleared_on != today and self._send(self._prune):
            self._cleared_on = today
        if self._sums_at is None or not now < self._sums_at <= now + SUMS:
            self._sums_at = now + SUMS if self._send(self._catch_up) else None
        coming = [message.next_at - now for message in messages if message.next_at > now]
        return max(timedelta(0), min([NAP, *coming]))

    def _send(self, errand: Callable[[], object]) -> bool:
        if self._stopping.is_set() or not self._couriers.acquire(blocking=False):
            return False
        self._errands.submit(self._run, errand)
        return True

    def _run(self, errand: Callable[[], object]) -> None:
        try:
            with self._within():
                errand()
        except Exception:  # the same holds for messages to the webhook and for clearing away
            log.exception("an errand failed")
        finally:
            self._couriers.release()

    def _prune(self) -> None:
        if check_retention.take_today(self._runtime):
            check_retention.prune(self._runtime, pause=self._breathe)
            usage_retention.prune(self._runtime, pause=self._breathe)
            chat_attachments.prune(self._runtime)
            shelves.archive_old(self._runtime, pause=self._breathe)

    def _catch_up(self) -> None:
        if usage_summing.is_behind():
            usage_summing.sum_up(pause=self._breathe)
        chat_words.list_all(pause=self._breathe)
        webhook_telling.tell_of_steady(self._runtime)
        shelves.clear_away(self._runtime, pause=self._breathe)
        ended.wipe_all(self._runtime)

    def _breathe(self) -> bool:
        """Let others write; True when the worker is to stop."""
        return self._stopping.wait(BREATH)

    def _time_jumped(self) -> bool:
        """True at the first turn, and when the clock and time itself have parted since the last one."""
        now = (self._runtime.now(), time.monotonic())
        before, self._last_turn = self._last_turn, now
        if before is None:
            return True
        return abs((now[0] - before[0]).total_seconds() - (now[1] - before[1])) > JUMP
