"""Redis behind TLS: it counts there for whoever trusts its certificate, and nobody's password meets another."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from portal.domain.limits import Limit, Limited, Limits
from portal.services.allowances import counting
from portal.services.allowances.counting import RedisMissing
from portal.services.allowances.in_redis import InRedis
from portal.services.runtime import Runtime
from portal.store.redis_counts import PREFIX
from tests.redis_server import RedisServer, redis_server
from tests.tls_front import tls_front
from tests.upstream import certificates

SECRET = "canary-of-tls-7c20"
UNTRUSTED = "its certificate is not valid for this address, or nobody that PORTAL_CA_BUNDLE names signed it"


@pytest.fixture
def own() -> Iterator[RedisServer]:
    with redis_server(SECRET) as server:
        yield server


@pytest.fixture
def naming(runtime, own) -> Iterator[Callable[..., Runtime]]:
    """A runtime whose Redis is behind TLS with a certificate of this kind."""
    with ExitStack() as fronts:

        def named(kind: str, ca_bundle: str = "") -> Runtime:
            url = f"rediss://:{SECRET}@127.0.0.1:{fronts.enter_context(tls_front(own.port, kind))}/0"
            return replace(runtime, settings=replace(runtime.settings, redis_url=url, ca_bundle=ca_bundle))

        yield named


def test_it_counts_behind_tls_for_whoever_trusts_its_certificate(naming, own):
    named = naming("good", certificates.ca_bundle())
    counting.require(named)
    limit, where = Limit(Limited.USER, uuid4(), per_minute=2), InRedis(named)
    with capture_logs() as logged:
        assert [where.count(named, Limits.of([limit])) is None for _ in range(4)] == [True, True, False, False]
    where.stop()
    assert logged == []
    assert own.ask("HGET", f"{PREFIX}{limit.id}", "n") == b"$1\r\n2\r\n"


@pytest.mark.parametrize("kind", ["self_signed", "expired", "wrong_host", "untrusted"])
def test_a_certificate_that_proves_nothing_is_refused_before_a_password_is_sent(naming, own, kind):
    named = naming(kind, certificates.ca_bundle())
    with pytest.raises(RedisMissing) as refused:
        counting.require(named)
    assert str(refused.value).startswith(f"PORTAL_REDIS_URL is set, but no Redis counts there: {UNTRUSTED}. ")
    assert b"cmdstat_auth:calls=1," in own.ask("INFO", "commandstats")  # this question's own
    assert SECRET not in str(refused.value)
    assert "127.0.0.1" not in str(refused.value)


def test_a_good_certificate_is_not_trusted_where_no_bundle_names_its_authority(naming):
    with pytest.raises(RedisMissing, match=UNTRUSTED):
        counting.require(naming("good"))


def test_a_certificate_that_goes_bad_later_is_said_in_the_log_and_the_database_counts(naming, own):
    named = naming("untrusted", certificates.ca_bundle())
    limits, where = Limits.of([Limit(Limited.USER, uuid4(), per_minute=1)]), InRedis(named)
    with capture_logs() as logged:
        assert [where.count(named, limits) is None for _ in range(2)] == [True, False]
    where.stop()
    assert [each["reason"] for each in logged] == [UNTRUSTED]
    assert SECRET not in repr(logged)


def test_what_speaks_no_tls_there_is_told(runtime, own):
    url = f"rediss://:{SECRET}@127.0.0.1:{own.port}/0"
    # It waits for the end of a line, which the beginning of TLS may happen to hold.
    with pytest.raises(RedisMissing, match=r"it does not answer in time|it does not speak TLS") as refused:
        counting.require(replace(runtime, settings=replace(runtime.settings, redis_url=url)))
    assert SECRET not in str(refused.value)
