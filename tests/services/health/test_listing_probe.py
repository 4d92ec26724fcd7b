"""Checking a provider for free, over a real socket: the list, and the key where the list says nothing of it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from portal.dialects.base import Endpoint, Limits
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category
from portal.domain.health import Level
from portal.domain.origins import origin_of
from portal.domain.schedule import Probe
from portal.services.health import checks
from portal.services.health.listing_probe import probe_listing, proves_key
from portal.services.providers import listing as provider_listing
from portal.services.runtime import Runtime
from portal.services.upstream.probing import ProbeResult
from portal.store.base import reading
from portal.store.health import CheckRecord
from portal.wire import Wire
from tests.conftest import Actors
from tests.connecting import KEY, connect
from tests.upstream import Upstream, steps
from tests.upstream.small import QUIRKS

SHORT = Limits(connect=1.0, read=1.0, total=2.0)


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire(EgressPolicy())
    yield made
    made.close()


@pytest.fixture
def openrouter() -> Iterator[Upstream]:
    with Upstream.small("openrouter", key=KEY) as up:
        yield up


def endpoint(up: Upstream, type: str = "openrouter", key: str | None = KEY) -> Endpoint:
    return Endpoint(TYPES[type], up.url + QUIRKS[type].path, Secret(key) if key else None)


def probe(wire: Wire, there: Endpoint) -> ProbeResult:
    found = probe_listing(wire, there, frozenset({origin_of(there.base_url)}), SHORT)
    assert found is not None
    return found


def test_where_everybody_sees_the_list_the_key_is_asked_about_as_well(wire: Wire, openrouter: Upstream) -> None:
    there = endpoint(openrouter)
    found = probe(wire, there)
    assert (found.outcome, found.status, found.url) == ("ok", 200, f"{there.base_url}/key")
    assert proves_key(there)
    assert [request.path for request in openrouter.requests] == ["/api/v1/models", "/api/v1/key"]
    assert all(request.headers["authorization"] == f"Bearer {KEY}" for request in openrouter.requests)


def test_a_refused_key_is_told_although_the_list_came(wire: Wire, openrouter: Upstream) -> None:
    there = endpoint(openrouter, key="sk-or-wrong")
    found = probe(wire, there)
    assert (found.outcome, found.category, found.status) == ("failed", Category.AUTH, 401)
    assert found.url == f"{there.base_url}/key"
    assert found.fault is not None
    assert found.fault.hint


@pytest.mark.parametrize(
    "step", [steps.respond(404, text="404 page not found"), steps.html(), steps.disconnect(), steps.silence()]
)
def test_nothing_is_proven_by_a_question_without_an_answer(wire: Wire, openrouter: Upstream, step: steps.Step) -> None:
    openrouter.script(step, path="/api/v1/key")
    assert probe(wire, endpoint(openrouter)).outcome == "failed"


def test_a_list_that_fails_is_the_verdict_and_nothing_more_is_asked(wire: Wire, openrouter: Upstream) -> None:
    openrouter.respond(500, text="oops", path="/api/v1/models")
    assert probe(wire, endpoint(openrouter)).category is Category.SERVER
    assert len(openrouter.requests) == 1


def test_without_a_key_or_a_way_to_ask_the_list_is_all(wire: Wire, openrouter: Upstream) -> None:
    assert probe(wire, endpoint(openrouter, key=None)).ok
    assert len(openrouter.requests) == 1
    with Upstream.small("vercel", key=KEY) as up:
        assert probe(wire, endpoint(up, "vercel", "wrong")).ok
        assert not proves_key(endpoint(up, "vercel"))
        assert len(up.requests) == 1


def test_a_free_check_shows_that_a_key_of_openrouter_works(app: Flask, runtime: Runtime, openrouter: Upstream) -> None:
    address = endpoint(openrouter).base_url
    connect(Actors.ada, runtime, address, type="openrouter", test_model="")
    found = checks.check_saved(Actors.ada, runtime, "acme", probe=Probe.LIST)
    assert found.sentence == "OpenRouter listed its models. The address and the key work."
    assert provider_listing.list_for(Actors.ada, runtime).rows[0].verdict.level is Level.GOOD
    openrouter.handler.key = "another"
    refused = checks.check_saved(Actors.ada, runtime, "acme", probe=Probe.LIST)
    assert refused.category is Category.AUTH
    with reading() as session:
        assert {(check.category, check.proven, check.counts) for check in session.scalars(select(CheckRecord))} == {
            (Category.OK, True, True),
            (Category.AUTH, False, True),
        }
