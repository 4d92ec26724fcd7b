"""Counting in Redis, and in the database for as long as Redis is away: nothing is unlimited, and little is forgotten.

What a process last heard of Redis is carried into the database when it counts there, and what the database counted
meanwhile into Redis when that is back. A thread looks for a Redis that is away, so that no request waits for it.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from portal.domain.errors import PortalError
from portal.domain.limits import Count, Full, Limit, Limits, day_of, fullest
from portal.services.allowances import redis_away
from portal.services.allowances.in_database import InDatabase
from portal.services.runtime import Runtime
from portal.store import counts_carried
from portal.store.base import Database, at, one_statement, this_database, writing
from portal.store.redis_counts import NoRedis, Redis

log = structlog.get_logger("portal.limits")


class InRedis:
    """Where this process counts for one database, its settings naming a Redis."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self._redis = Redis(settings.redis_url, settings.ca_bundle or None)
        self._database = InDatabase()
        self._heard: dict[UUID, Count] = {}
        self._carried: set[UUID] = set()
        self._changing = threading.Lock()
        self._settling = threading.Lock()
        self._away = False  # this process cannot reach it
        self._said = False  # another process cannot
        self._owed = self._paid = 0  # they differ while something that was heard is not in the database yet
        self._day = 0
        self._look_at = 0.0
        self._ended = threading.Event()
        self._waiting: threading.Thread | None = None

    def count(self, runtime: Runtime, limits: Limits) -> Full | None:
        """Count one request against each of these; against none, and the full one is returned, where one is full."""
        if self._serves(runtime):
            try:
                return self._in_redis(runtime, limits)
            except NoRedis as error:
                self._lost(runtime, str(error))
        self._settle(runtime)
        return self._database.count(runtime, limits)

    def stop(self) -> None:
        """End its thread, and its connections."""
        self._ended.set()
        if self._waiting is not None:
            self._waiting.join(redis_away.EVERY)
        self._redis.close()

    def _in_redis(self, runtime: Runtime, limits: Limits) -> Full | None:
        now = runtime.now()
        if fresh := [limit.id for limit in limits.all if limit.id not in self._carried]:
            self._carry(fresh, now)
        counted, stand = self._redis.count(limits, now)
        self._hear(stand, now)
        return None if counted else fullest(stand, now) or Full(limits.all[0], 1)

    def _hear(self, stand: Sequence[tuple[Limit, Count]], now: datetime) -> None:
        with self._changing:
            if (today := day_of(now)) != self._day:
                self._day, self._carried = today, set()
                self._heard = {id: count for id, count in self._heard.items() if count.day >= today}
            for limit, count in stand:
                before = self._heard.get(limit.id)
                if before is None or (before.day, before.in_day) <= (count.day, count.in_day):  # answers overtake
                    self._heard[limit.id] = count
            if self._away or self._said:
                self._owed += 1

    def _carry(self, ids: Sequence[UUID], now: datetime) -> None:
        """Let Redis know what the database counted of these: once, in each process that counts in Redis from now on."""
        with one_statement() as connection:
            due = counts_carried.unknown_to_redis(connection, ids, now)
        if due:
            with writing() as connection:
                # Sent before it is written down as known, in half a second at most: what does not arrive is owed.
                self._redis.carry(counts_carried.to_redis(connection, due))
        self._carried.update(ids)

    def _settle(self, runtime: Runtime) -> None:
        """Let the database know what was heard of Redis, before it counts any further."""
        if self._paid == self._owed:
            return
        with self._settling:
            if self._paid == self._owed:
                return
            today = day_of(runtime.now())
            with self._changing:
                owed, heard = self._owed, {id: count for id, count in self._heard.items() if count.day >= today}
            if heard:
                with writing() as connection:
                    counts_carried.from_redis(connection, heard)
            self._paid = owed

    def _serves(self, runtime: Runtime) -> bool:
        """Whether Redis counts. What others say of it is looked up once a second."""
        if self._away:
            return False
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + redis_away.EVERY
            self._turn(said=redis_away.is_said(runtime))
        return not self._said

    def _turn(self, *, said: bool) -> None:
        with self._changing:
            if said == self._said:
                return
            self._said = said
            away = self._away
            if said:
                self._owed += 1
            else:
                self._carried = set()
        if away:
            return  # while it was looked up this process lost Redis itself, and has said so
        if said:
            log.warning("Another process cannot reach Redis: the database counts requests meanwhile.")
        else:
            log.info("Redis counts requests again.")

    def _lost(self, runtime: Runtime, why: str) -> None:
        with self._changing:
            if self._away:
                return
            self._away = True
            self._owed += 1
            known = self._said
        if known:  # it has said so when it heard of it from another process
            log.info("This process cannot reach Redis either.", reason=why)
        else:
            log.warning("Redis is away: the database counts requests meanwhile.", reason=why)
        waiting = threading.Thread(
            target=self._wait, args=(runtime, this_database(), why), name="redis-away", daemon=True
        )
        self._waiting = waiting
        waiting.start()

    def _wait(self, runtime: Runtime, database: Database, why: str) -> None:
        """Until it is back: say that it is away, and look."""
        since = runtime.now()
        with at(database):
            while True:
                with suppress(PortalError):  # the database is away as well: whoever counts is told
                    redis_away.say(runtime, since, why)
                if self._ended.wait(redis_away.EVERY):
                    return
                try:
                    self._redis.check()
                    redis_away.take_back(runtime)
                    break
                except (NoRedis, PortalError):
                    pass
        with self._changing:
            self._carried = set()
            self._away = False
            self._look_at = time.monotonic() + redis_away.EVERY
        log.info("Redis is back: it counts requests again.")
