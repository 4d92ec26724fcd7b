"""What nobody typed is filled in from the listing, then from models.dev; what somebody typed is never overwritten."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from portal.dialects.base import Listing
from portal.domain.language_models import ASSUMED_CONTEXT, Draft
from portal.domain.model_facts import Source, Told, news, prefilled, readable, sources_after
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail
from portal.services.language_models import model_data, prefilling, publishing, refreshing
from portal.services.runtime import Runtime
from portal.store import catalog, provider_listings
from portal.store.base import reading, transaction
from portal.store.providers import lock_by_id
from tests.conftest import Actors
from tests.services.published import connect

TOLD: dict[str, dict[str, Any]] = {
    "m": {"context_limit": 64_000, "retires_on": "2027-01-31", "can_vision": True, "price_input": "2"}
}


def test_a_listing_goes_before_models_dev_and_prices_are_never_mixed() -> None:
    listing = Listing(
        "gpt-4o",
        context_limit=99_000,
        from_family=False,
        output_limit=16_384,
        output_from_family=True,
        prices={"input": Decimal(7)},
        abilities={"tools": False},
        retires_on=date(2027, 1, 31),
    )
    draft = prefilling.listed_draft("openai", listing)
    assert (draft.context_limit, draft.output_limit, draft.retires_on) == (99_000, 16_384, "2027-01-31")
    assert draft.prices == {"input": "7"}, "the cache price of models.dev belongs to another list"
    assert draft.capabilities == ("streaming", "vision")
    assert draft.sources == {
        "chats": "assumed",
        "can_streaming": "assumed",
        "can_web_search": "assumed",
        "context_limit": "listing",
        "output_limit": "models-dev",
        "retires_on": "listing",
        "price_input": "listing",
        "can_tools": "listing",
        "can_vision": "models-dev",
        "can_reasoning": "models-dev",
        "modalities": "models-dev",
    }


@pytest.mark.parametrize(
    ("type", "wire_name", "chats"),
    [
        ("openai", "text-embedding-3-small", False),
        ("openai", "gpt-image-1", False),
        ("openai", "gpt-4o", True),
        ("openai", "nobody-knows-it", True),
    ],
)
def test_models_dev_tells_what_cannot_chat(type: str, wire_name: str, chats: bool) -> None:
    draft = model_data.draft_of(type, wire_name)
    assert draft.chats is chats
    assert draft.sources["chats"] == ("assumed" if chats else "models-dev")


def test_a_context_limit_that_nobody_knows_is_assumed_and_marked() -> None:
    draft = prefilled(Draft("m"), {})
    assert (draft.context_limit, draft.sources["context_limit"]) == (ASSUMED_CONTEXT, "assumed")
    assert set(draft.sources.values()) == {"assumed"}


def test_what_somebody_changes_is_theirs_and_the_rest_keeps_its_source() -> None:
    before = prefilled(
        Draft("m"),
        {
            "context_limit": Told(9, Source.LISTING),
            "price_input": Told("1.75", Source.PUBLIC),
            "can_tools": Told(True, Source.PUBLIC),
        },
    )
    same = replace(before, prices={"input": "1.750"})
    assert sources_after(before, same) == before.sources
    cleared = replace(before, prices={}, capabilities=("streaming",))
    assert sources_after(before, cleared) == before.sources | {"price_input": "typed", "can_tools": "typed"}
    assert before.sources["context_limit"] == "listing"


def test_only_a_word_that_weighs_as_much_takes_the_place_of_another() -> None:
    draft = Draft(
        "m",
        context_limit=9,
        prices={"input": "1"},
        sources={
            "context_limit": "listing",
            "price_input": "typed",
            "output_limit": "typed",
            "can_vision": "models-dev",
        },
    )
    public = {
        name: Told(value, Source.PUBLIC)
        for name, value in (("context_limit", 7), ("can_vision", True), ("price_output", "3"))
    }
    assert news(draft, public).keys() == {"can_vision", "price_output"}
    listed = {name: Told(5, Source.LISTING) for name in ("context_limit", "output_limit")} | {
        "price_input": Told("2", Source.LISTING)
    }
    assert news(draft, listed).keys() == {"context_limit"}
    assert news(replace(draft, sources={}), listed).keys() == {"output_limit"}, (
        "what stood there before there were marks"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("context_limit", "8"),
        ("context_limit", 0),
        ("context_limit", True),
        ("chats", "no"),
        ("can_tools", 1),
        ("price_input", 3),
        ("price_input", "-1"),
        ("retires_on", "soon"),
        ("modalities", ["input:smell"]),
        ("modalities", "input:text"),
    ],
)
def test_a_fact_from_outside_that_cannot_be_one_is_left_out(name: str, value: object) -> None:
    assert not readable(name, value)
    assert prefilling.from_kept({name: value, "nonsense": 1}) == {}


@pytest.fixture
def provider_id(app: Flask) -> UUID:
    return connect("acme", "openai_compatible", base_url="https://llm.example.com/v1")


def test_a_later_listing_fills_in_what_nobody_typed(runtime: Runtime, actors: Actors, provider_id: UUID) -> None:
    model = publishing.publish(actors.ada, runtime, "acme", Draft("m", context_limit=32_000), typed={"context_limit"})
    other = publishing.publish(actors.ada, runtime, "acme", Draft("other"), typed=())
    assert (model.sources["context_limit"], other.sources["context_limit"]) == ("typed", "assumed")
    assert refreshing.refresh(actors.ada, runtime, provider_id, {**TOLD, "other": {"context_limit": 8_000}}) == 2
    model, other = (publishing.read(actors.ada, runtime, one.id) for one in (model, other))
    assert (model.context_limit, str(model.retires_on), model.prices) == (32_000, "2027-01-31", {"input": "2"})
    assert (model.sources["retires_on"], model.sources["can_vision"]) == ("listing", "listing")
    assert (other.context_limit, other.sources["context_limit"]) == (8_000, "listing")
    assert any(entry.verb == "model.refresh" for entry in trail.every(actors.ada, runtime, trail.Filters()))
    with reading() as session:
        version = catalog.read(session).version
    assert refreshing.refresh(actors.ada, runtime, provider_id, TOLD) == 0
    with reading() as session:
        assert catalog.read(session).version == version, "a listing that says nothing new changes nothing"


def test_who_may_not_change_models_changes_none_by_looking(runtime: Runtime, actors: Actors, provider_id: UUID) -> None:
    publishing.publish(actors.ada, runtime, "acme", Draft("m"), typed=())
    looker = Actor(actors.otto.id, "looker", frozenset({Permission.PROVIDER_TEST}))
    assert refreshing.refresh(looker, runtime, provider_id, TOLD) == 0


def test_a_model_typed_later_is_filled_in_from_the_last_listing(
    runtime: Runtime, actors: Actors, provider_id: UUID
) -> None:
    with transaction() as session:
        lock_by_id(session, provider_id)
        provider_listings.keep(session, provider_id, ["m"], runtime.now(), TOLD)
    known = publishing.known_of(actors.ada, runtime, "acme", "m")
    assert (known.context_limit, known.prices) == (64_000, {"input": "2"})
    model = publishing.publish(actors.ada, runtime, "acme", Draft("m"), typed=())
    assert (model.context_limit, model.sources["context_limit"]) == (64_000, "listing")
    assert publishing.known_of(actors.ada, runtime, "no-such", "m").sources["context_limit"] == "assumed"


def test_what_a_person_types_in_the_form_stays_through_later_listings(
    runtime: Runtime, actors: Actors, provider_id: UUID
) -> None:
    model = publishing.publish(actors.ada, runtime, "acme", Draft("m"), typed=())
    refreshing.refresh(actors.ada, runtime, provider_id, TOLD)
    model = publishing.read(actors.ada, runtime, model.id)
    typed = replace(model.draft, context_limit=50_000, prices={}, retires_on="")
    model = publishing.change(actors.ada, runtime, model.id, typed, model.version)
    assert {model.sources[name] for name in ("context_limit", "price_input", "retires_on")} == {"typed"}
    later = {"m": {"context_limit": 1, "price_input": "9", "retires_on": "2028-01-01", "can_vision": False}}
    assert refreshing.refresh(actors.ada, runtime, provider_id, later) == 1
    model = publishing.read(actors.ada, runtime, model.id)
    assert (model.context_limit, model.prices, model.retires_on) == (50_000, {}, None)
    assert "vision" not in model.capabilities


def test_a_default_that_turns_out_not_to_chat_is_replaced(runtime: Runtime, actors: Actors, provider_id: UUID) -> None:
    first = publishing.publish(actors.ada, runtime, "acme", Draft("m"), typed=())
    second = publishing.publish(actors.ada, runtime, "acme", Draft("n"), typed=())
    assert first.is_default
    refreshing.refresh(actors.ada, runtime, provider_id, {"m": {"chats": False}})
    assert publishing.read(actors.ada, runtime, second.id).is_default
    refreshing.refresh(actors.ada, runtime, provider_id, {"n": {"chats": False}})
    assert not publishing.read(actors.ada, runtime, second.id).is_default
