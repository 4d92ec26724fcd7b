"""Discovery over a real socket: what a provider lists, compared with what is published."""

from flask import Flask
from sqlalchemy import select

from portal.dialects.base import Listing, Secret
from portal.dialects.types import TYPES
from portal.domain.faults import Category
from portal.domain.language_models import ASSUMED_CONTEXT, Draft
from portal.services import discovery, doors, language_models, shared_keys
from portal.services.discovery import State, compare
from portal.services.tools import Tools
from portal.store.base import reading, transaction
from portal.store.providers import ProviderRecord
from tests.conftest import CANARY, Actors
from tests.services.published import connect
from tests.upstream import Upstream


def states(found: discovery.Discovery) -> dict[str, str]:
    return {row.wire_name: row.state.value for row in found.rows}


def test_a_listing_marks_what_is_new_published_and_gone(app: Flask, tools: Tools, actors: Actors) -> None:
    with Upstream.openai(key=CANARY, models=["m1", "m2"]) as up:
        provider_id = connect("acme", "openai_compatible", base_url=f"{up.url}/v1")
        with transaction() as session:
            shared_keys.add(session, tools, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
        for name in ("m1", "m0"):
            language_models.publish(actors.ada, tools, "acme", Draft(name))
        found = discovery.discover(actors.otto, tools, provider_id)
    assert states(found) == {"m1": "published", "m2": "new", "m0": "gone"}
    assert (found.fault, found.provider_name, found.count("new")) == (None, "acme", 1)
    with reading() as session:
        assert session.scalar(select(ProviderRecord.discovered_at)) is not None


def test_a_refused_key_is_told_in_words_and_nothing_is_marked_discovered(
    app: Flask, tools: Tools, actors: Actors
) -> None:
    with Upstream.openai(key="sk-other", models=["m1"]) as up:
        provider_id = connect("acme", "openai_compatible", base_url=f"{up.url}/v1")
        with transaction() as session:
            shared_keys.add(session, tools, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
        found = discovery.discover(actors.otto, tools, provider_id)
    assert found.fault is not None
    assert found.fault.category is Category.AUTH
    assert "Acme" in found.sentence
    assert CANARY not in repr(found)
    with reading() as session:
        assert session.scalar(select(ProviderRecord.discovered_at)) is None


def test_a_provider_without_a_key_is_not_called(app: Flask, tools: Tools, actors: Actors) -> None:
    provider_id = connect("acme", "openai")
    found = discovery.discover(actors.otto, tools, provider_id)
    assert found.fault is not None
    assert found.fault.category is Category.NEED_KEY


def test_the_demo_lists_itself_without_any_network(app: Flask, tools: Tools, actors: Actors) -> None:
    opened = doors.typed_door(tools, TYPES["demo"], "", {}, None)
    found = discovery.discover_unsaved(actors.ada, tools, opened)
    assert states(found) == {"demo-small": "new", "demo-large": "new"}


def test_an_unsaved_form_lists_everything_as_new(app: Flask, tools: Tools, actors: Actors) -> None:
    with Upstream.openai(key=CANARY, models=["m1", "m2"]) as up:
        opened = doors.typed_door(tools, TYPES["openai_compatible"], f"{up.url}/v1", {}, Secret(CANARY))
        found = discovery.discover_unsaved(actors.ada, tools, opened)
    assert states(found) == {"m1": "new", "m2": "new"}


def test_a_limit_that_is_not_listed_is_assumed_and_says_so() -> None:
    known, unknown, twice = compare(
        [Listing("a", "A", 200_000), Listing("b"), Listing("a"), Listing("e", chat=False)], {}
    )
    assert (known.context_limit, known.assumed, known.state) == (200_000, False, State.NEW)
    assert (unknown.context_limit, unknown.assumed, unknown.display_name) == (ASSUMED_CONTEXT, True, "b")
    assert (twice.wire_name, twice.chat) == ("e", False)
    assert unknown.draft == Draft("b", display_name="b", context_limit=ASSUMED_CONTEXT)
