"""How many requests each limited provider, person and token sent, counted and judged in Redis: in one round trip.

Redis' own library connects, signs in and reads answers; it is loaded when a Redis is first asked. Its pool, its retries
and what it observes of each command cost more than the command, so connections are kept here.
"""

import hashlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from portal.domain.carried_counts import Carried
from portal.domain.limits import MINUTE_MS, MOST, Count, Limit, Limits, day_of, milliseconds
from portal.later import Later

backoff, client, connection, retry = (
    Later("redis.backoff"),
    Later("redis.exceptions"),
    Later("redis.connection"),
    Later("redis.retry"),
)

PATIENCE = 0.5
"""Seconds that connecting, and each answer, may take. Nobody waits longer for a count."""

PREFIX = "llm-portal:{limits}:"
"""Before the id of a provider, a person or a token. The braces keep all of them in one place of a cluster."""

KEPT = str(timedelta(hours=25) // timedelta(milliseconds=1))
"""Milliseconds that a count is kept after the last request: until its day is over by every clock."""

CHECK = UUID(int=0)
"""Nobody's id: what is counted to see whether Redis counts."""

# A script runs alone: no two requests take the last place. As in the database, a clock that is behind counts into the
# minute and the day that another one has begun, and who is refused counts nowhere.
_COUNT = f"""
local keep, now, day = ARGV[1], tonumber(ARGV[#ARGV - 1]), tonumber(ARGV[#ARGV])
local counts, full = {{}}, '0'
for i, key in ipairs(KEYS) do
  local kept = redis.call('HMGET', key, 'm', 'n', 'd', 'e')
  local m, n = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
  local d, e = tonumber(kept[3] or 0), tonumber(kept[4] or 0)
  if now >= m + {MINUTE_MS} then m, n = now, 0 end
  if day > d then d, e = day, 0 end
  if n >= tonumber(ARGV[2 * i]) or e >= tonumber(ARGV[2 * i + 1]) then full = '1' end
  counts[i] = {{m, n, d, e}}
end
local told = full
for i, key in ipairs(KEYS) do
  local c = counts[i]
  if full == '0' then
    c[2], c[4] = c[2] + 1, c[4] + 1
    redis.call('HSET', key, 'm', c[1], 'n', c[2], 'd', c[3], 'e', c[4])
    redis.call('PEXPIRE', key, keep)
  end
  told = told .. string.format(' %.0f %.0f %.0f %.0f', c[1], c[2], c[3], c[4])
end
return {{ok = told}}
"""
_CARRY = f"""
for i, key in ipairs(KEYS) do
  local given = {{}}
  for place = 1, 6 do given[place] = tonumber(ARGV[6 * i - 5 + place]) end
  local kept = redis.call('HMGET', key, 'm', 'n', 'd', 'e')
  local m, n = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
  local d, e = tonumber(kept[3] or 0), tonumber(kept[4] or 0)
  if given[1] >= m + {MINUTE_MS} then m, n = given[1], given[2]
  elseif given[1] > m - {MINUTE_MS} then n = math.max(n + given[3], given[2]) end
  if given[4] > d then d, e = given[4], given[5]
  elseif given[4] == d then e = math.max(e + given[6], given[5]) end
  redis.call('HSET', key, 'm', m, 'n', n, 'd', d, 'e', e)
  redis.call('PEXPIRE', key, ARGV[1])
end
return {{ok = '0'}}
"""


class NoRedis(Exception):
    """Redis does not count. Its text says why, in words that name no address and no password."""


_Options = tuple[Callable[..., Any], Mapping[str, Any]]


def _packed(*words: str) -> bytes:
    """Words of a command as they go over the line. Every word is ASCII."""
    return "".join([f"${len(word)}\r\n{word}\r\n" for word in words]).encode("ascii")


class _Command(NamedTuple):
    """What a script is told: its keys and what else, as it goes over the line, and how many words that is."""

    words: int
    packed: bytes

    @classmethod
    def of(cls, ids: Sequence[UUID], *given: object) -> "_Command":
        words = [str(len(ids)), *(f"{PREFIX}{id}" for id in ids), *map(str, given)]
        return cls(len(words), _packed(*words))

    def then(self, *given: object) -> "_Command":
        return _Command(self.words + len(given), self.packed + _packed(*map(str, given)))


class _Script:
    def __init__(self, text: str) -> None:
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.by_digest, self.whole = _packed("EVALSHA", digest), _packed("EVAL", text)


_COUNTING, _CARRYING = _Script(_COUNT), _Script(_CARRY)


class Redis:
    """One Redis, by its address, and the connections that this process keeps to it. Every verb raises `NoRedis`."""

    def __init__(self, url: str, ca_bundle: str | None = None) -> None:
        self._url, self._ca_bundle = url, ca_bundle
        self._idle: list[Any] = []
        self._options: _Options | None = None

    def check(self) -> None:
        """See that it counts, by a count that nobody has."""
        self._run(_COUNTING, _Command.of([CHECK], 1000, MOST, MOST, 0, 0))

    def count(self, limits: Limits, now: datetime) -> tuple[bool, list[tuple[Limit, Count]]]:
        """Count one request against each of these, or against none of them; whether it was, and how each stands."""
        full, *told = map(int, self._run(_COUNTING, _counting(limits).then(milliseconds(now), day_of(now))).split())
        return not full, [(limit, Count(*told[4 * n : 4 * n + 4])) for n, limit in enumerate(limits.all)]

    def carry(self, counts: Sequence[Carried]) -> None:
        """Let it know what the database counted."""
        given: list[object] = [KEPT]
        for _, row, minute, day in counts:
            given += row.minute_from, row.in_minute, minute, row.day, row.in_day, day
        self._run(_CARRYING, _Command.of([id for id, *_ in counts], *given))

    def close(self) -> None:
        """End the connections that nobody uses."""
        while self._idle:
            self._idle.pop().disconnect()

    def _run(self, script: _Script, command: _Command) -> str:
        many = b"*%d\r\n" % (command.words + 2)
        try:
            return self._asked(many + script.by_digest + command.packed)
        except client.NoScriptError:
            pass
        except (client.RedisError, OSError, ValueError) as error:
            raise NoRedis(_why(error)) from None  # what is behind it may hold the address
        try:
            return self._asked(many + script.whole + command.packed)
        except (client.RedisError, OSError, ValueError) as error:
            raise NoRedis(_why(error)) from None

    def _asked(self, command: bytes) -> str:
        """The answer to one command. One that was idle may have been closed at the other end: then a new one asks."""
        try:
            connected = self._idle.pop()
        except IndexError:
            return self._over(self._new(), command)
        try:
            return self._over(connected, command)
        except client.TimeoutError:
            raise
        except client.ConnectionError:
            self.close()  # they are all as old
            return self._over(self._new(), command)

    def _over(self, connected: Any, command: bytes) -> str:
        try:
            connected.send_packed_command([command], check_health=False)
            told = connected.read_response()
        except client.ResponseError:
            self._idle.append(connected)
            raise
        except BaseException:  # whatever ended it: an answer that comes later belongs to nobody
            connected.disconnect()
            raise
        self._idle.append(connected)
        return told.decode() if isinstance(told, bytes) else str(told)

    def _new(self) -> Any:
        if self._options is None:
            self._options = _options(self._url, self._ca_bundle)
        made, options = self._options
        try:
            connected = made(**options)
        except TypeError as error:  # the address names an option that there is not
            raise ValueError("an unknown option") from error
        connected.connect()
        return connected


def _options(url: str, ca_bundle: str | None) -> "_Options":
    """The kind of connection, and what it is told: the address, and on top of it what holds for every one."""
    options: dict[str, Any] = connection.parse_url(url)
    made = options.pop("connection_class", connection.Connection)
    options |= {
        "protocol": 2,
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
        "retry": retry.Retry(backoff.NoBackoff(), 0),
    }
    if ca_bundle and made is connection.SSLConnection:
        options.setdefault("ssl_ca_certs", ca_bundle)
    return made, options


@lru_cache(10_000)
def _counting(limits: Limits) -> _Command:
    """What is told of these limits, whenever it is; the moment and the day come after it."""
    allowed = [MOST if most is None else most for limit in limits.all for most in (limit.per_minute, limit.per_day)]
    return _Command.of([limit.id for limit in limits.all], KEPT, *allowed)


def _why(error: Exception) -> str:
    if isinstance(error.__context__, ssl.SSLCertVerificationError):
        return "its certificate is not valid for this address, or nobody that PORTAL_CA_BUNDLE names signed it"
    if isinstance(error.__context__, ssl.SSLError):
        return "it does not speak TLS, or not as this portal does"
    for kinds, words in _REASONS.items():
        if isinstance(error, tuple(getattr(client, name) for name in kinds)):
            return words
    return "its address cannot be used" if isinstance(error, ValueError) else "nothing answers there"


_REASONS: Mapping[tuple[str, ...], str] = {
    ("AuthenticationError", "AuthorizationError", "NoPermissionError"): "it refuses the name or the password",
    ("BusyLoadingError",): "it is still loading its data",
    ("TimeoutError",): "it does not answer in time",
    ("ReadOnlyError",): "it takes no changes",
    ("ConnectionError",): "nothing answers there",
    ("ResponseError",): "it refuses to count",
}
