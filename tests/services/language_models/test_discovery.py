"""Discovery over a real socket: what a provider lists, compared with what is published."""

from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.dialects.base import Listing
from portal.dialects.input.typed_keys import field_name, kind_of
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.domain.errors import Conflict, Invalid
from portal.domain.faults import Category
from portal.domain.language_models import ASSUMED_CONTEXT, Draft
from portal.domain.model_facts import Source
from portal.services.keys import endpoints, shared_keys
from portal.services.language_models import discovery, publishing
from portal.services.language_models.discovery import State, compare
from portal.services.providers import draft_checks
from portal.services.providers import drafts as provider_drafts
from portal.services.providers import registry as provider_registry
from portal.services.runtime import Runtime
from portal.store.base import reading, transaction
from portal.store.language_models import LanguageModelRecord, Published
from portal.store.providers import ProviderRecord
from tests.conftest import CANARY, Actors, Client
from tests.services.published import connect
from tests.upstream import Upstream, steps
from tests.upstream.scripted import scripted

D = {"d": Published("D", 8_000, enabled=True)}


def states(found: discovery.Discovery) -> dict[str, str]:
    return {row.wire_name: row.state.value for row in found.rows}


def test_a_listing_marks_what_is_new_published_and_gone(app: Flask, runtime: Runtime, actors: Actors) -> None:
    with Upstream.openai(key=CANARY, models=["m1", "m2"]) as up:
        provider_id = connect("acme", "openai_compatible", base_url=f"{up.url}/v1")
        with transaction() as session:
            shared_keys.add(session, runtime, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
        for name in ("m1", "m0"):
            publishing.publish(actors.ada, runtime, "acme", Draft(name))
        found = discovery.discover(actors.otto, runtime, provider_id)
    assert states(found) == {"m1": "published", "m2": "new", "m0": "gone"}
    assert (found.fault, found.provider_name, found.count("new")) == (None, "acme", 1)
    with reading() as session:
        assert session.scalar(select(ProviderRecord.discovered_at)) is not None


def test_a_refused_key_is_told_in_words_and_nothing_is_marked_discovered(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    with Upstream.openai(key="sk-other", models=["m1"]) as up:
        provider_id = connect("acme", "openai_compatible", base_url=f"{up.url}/v1")
        with transaction() as session:
            shared_keys.add(session, runtime, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
        found = discovery.discover(actors.otto, runtime, provider_id)
    assert found.fault is not None
    assert found.fault.category is Category.AUTH
    assert "Acme" in found.sentence
    assert CANARY not in repr(found)
    with reading() as session:
        assert session.scalar(select(ProviderRecord.discovered_at)) is None


def test_where_the_list_may_not_be_read_the_usual_models_are_offered(
    app: Flask, runtime: Runtime, actors: Actors, ada: Client
) -> None:
    with Upstream.openai(key=CANARY) as up:
        refusal = {"error": {"message": "no", "code": "insufficient_permissions"}}
        up.script(steps.respond(403, json=refusal), path="/v1/models")
        provider_id = connect("acme", "openai", base_url=f"{up.url}/v1")
        with transaction() as session:
            shared_keys.add(session, runtime, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
        usual = TYPES["openai"].default_models
        publishing.publish(actors.ada, runtime, "acme", Draft(usual[0]))
        found = discovery.discover(actors.ada, runtime, provider_id)
        page = ada.post_form("/models/discover", {"provider": "acme"}).text
    assert found.fault is not None
    assert states(found) == {name: "published" if name == usual[0] else "new" for name in usual}
    assert "These are the usual models of such a provider" in page
    assert "Publish ticked models" in page
    with reading() as session:
        assert session.scalar(select(ProviderRecord.discovered_at)) is None


def test_a_provider_without_a_key_is_not_called(app: Flask, runtime: Runtime, actors: Actors) -> None:
    provider_id = connect("acme", "openai")
    found = discovery.discover(actors.otto, runtime, provider_id)
    assert found.fault is not None
    assert found.fault.category is Category.NEED_KEY


def test_the_demo_lists_itself_without_any_network(app: Flask, runtime: Runtime, actors: Actors) -> None:
    resolved = endpoints.resolve_typed(runtime, TYPES["demo"], "", {}, None)
    found = discovery.discover_unsaved(actors.ada, runtime, resolved)
    assert states(found) == {"demo-small": "new", "demo-large": "new"}


def test_an_unsaved_form_lists_everything_as_new(app: Flask, runtime: Runtime, actors: Actors) -> None:
    with Upstream.openai(key=CANARY, models=["m1", "m2"]) as up:
        resolved = endpoints.resolve_typed(runtime, TYPES["openai_compatible"], f"{up.url}/v1", {}, Secret(CANARY))
        found = discovery.discover_unsaved(actors.ada, runtime, resolved)
    assert states(found) == {"m1": "new", "m2": "new"}


def test_a_limit_that_is_not_listed_is_assumed_and_says_so() -> None:
    known, unknown, twice = compare(
        [Listing("a", "A", 200_000), Listing("b"), Listing("a"), Listing("e", chat=False)], {}
    )
    assert (known.context_limit, known.assumed, known.state) == (200_000, False, State.NEW)
    assert (unknown.context_limit, unknown.assumed, unknown.display_name) == (ASSUMED_CONTEXT, True, "b")
    assert (twice.wire_name, twice.chat) == ("e", False)
    assert replace(unknown.draft, sources={}) == Draft("b", display_name="b", context_limit=ASSUMED_CONTEXT)


def test_what_the_listing_says_goes_before_public_data() -> None:
    told = {"input": Decimal("9"), "output": Decimal("99")}
    (listed,) = compare([Listing("gpt-4o", context_limit=7_000, prices=told)], {}, "openai")
    assert (listed.context_limit, listed.limit_from, listed.prices_from) == (7_000, Source.LISTING, Source.LISTING)
    assert listed.draft.prices == {"input": "9", "output": "99"}
    (public,) = compare([Listing("gpt-4o-mini")], {}, "openai")
    assert (public.context_limit, public.limit_from, public.prices_from) == (128_000, Source.PUBLIC, Source.PUBLIC)
    assert public.draft.prices == {"input": "0.15", "output": "0.6", "cache_read": "0.08"}
    assert public.display_name == "GPT-4o mini"


def test_a_name_that_says_less_lends_its_numbers_and_not_its_name() -> None:
    (row,) = compare([Listing("gpt-4.1-2025-04-14")], {}, "openai")
    assert (row.display_name, row.limit_from, row.draft.prices["input"]) == ("gpt-4.1-2025-04-14", Source.PUBLIC, "2")


def test_a_limit_that_a_server_tells_of_its_model_is_its_own_word(runtime: Runtime) -> None:
    with Upstream.local("ollama") as up:
        resolved = endpoints.resolve_typed(runtime, TYPES["ollama"], f"{up.url}/v1", {}, None)
        chats, embeds = discovery.discover_unsaved(Actors.ada, runtime, resolved).rows
        up.respond(500, text="oops", path="/api/show")
        guessed, _ = discovery.discover_unsaved(Actors.ada, runtime, resolved).rows
    assert (chats.wire_name, chats.context_limit, chats.limit_from) == ("qwen3:8b", 40_960, Source.LISTING)
    assert (embeds.offered, embeds.context_limit) == (False, 512)
    assert (guessed.context_limit, guessed.assumed) == (ASSUMED_CONTEXT, True), "a call that fails costs nothing"


def test_a_limit_is_the_familys_only_where_the_dialect_filled_it_in(runtime: Runtime) -> None:
    family, own, unsaid = compare(
        [
            Listing("gpt-4o", context_limit=128_000, from_family=True),
            Listing("gpt-4o-mini", context_limit=128_000, from_family=False),
            Listing("gpt-4o-2024-08-06", context_limit=128_000),
        ],
        {},
        "openai",
    )
    assert [row.limit_from for row in (family, own, unsaid)] == [Source.PUBLIC, Source.LISTING, Source.PUBLIC]
    demo = discovery.discover_unsaved(
        Actors.ada, runtime, endpoints.resolve_typed(runtime, TYPES["demo"], "", {}, None)
    )
    assert [row.limit_from for row in demo.rows] == [Source.LISTING, Source.LISTING]
    assert not demo.suggested


def test_what_does_not_chat_or_goes_soon_stands_aside() -> None:
    rows = compare([Listing("a"), Listing("b", chat=False), Listing("c", retired=True), Listing("d", chat=False)], D)
    found = discovery.Discovery("acme", "Acme", rows)
    assert [row.wire_name for row in found.offered] == ["a", "d"], "what is published is always shown"
    assert [row.wire_name for row in found.others] == ["b", "c"]


def test_models_that_are_gone_are_turned_off_in_one_go(app: Flask, runtime: Runtime, actors: Actors) -> None:
    provider_id = connect("acme", "demo")
    for name in ("demo-small", "old-1", "old-2"):
        publishing.publish(actors.ada, runtime, "acme", Draft(name))
    found = discovery.discover(actors.otto, runtime, provider_id)
    assert [row.wire_name for row in found.gone] == ["old-1", "old-2"]
    gone = [row.wire_name for row in found.gone]
    assert publishing.turn_off_gone(actors.otto, runtime, "acme", gone) == 2
    again = discovery.discover(actors.otto, runtime, provider_id)
    assert again.gone == ()
    assert again.count("gone") == 2
    assert publishing.turn_off_gone(actors.otto, runtime, "acme", gone) == 0


def test_the_time_of_the_last_discovery_is_told_by_the_next(app: Flask, runtime: Runtime, actors: Actors) -> None:
    provider_id = connect("acme", "demo")
    assert discovery.discover(actors.otto, runtime, provider_id).discovered_at is None
    assert discovery.discover(actors.otto, runtime, provider_id).discovered_at is not None


def test_hundreds_are_published_and_all_are_checked_before_the_first(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    connect("acme", "demo")
    drafts = [Draft(f"m{number}") for number in range(600)]
    with pytest.raises(Invalid):
        publishing.publish_ticked(actors.ada, runtime, "acme", [*drafts, Draft("bad", context_limit=0)])
    with pytest.raises(Conflict):
        publishing.publish_ticked(actors.ada, runtime, "acme", [*drafts, Draft("m0")])
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(LanguageModelRecord)) == 0
    assert len(publishing.publish_ticked(actors.ada, runtime, "acme", drafts)) == 600
    with reading() as session:
        positions = list(session.scalars(select(LanguageModelRecord.position)))
    assert len(set(positions)) == 600


@pytest.mark.parametrize("type", TYPES)
def test_every_type_is_discovered_before_and_after_it_is_saved(
    app: Flask, runtime: Runtime, actors: Actors, type: str
) -> None:
    with scripted(type) as it:
        settings = {
            name.removeprefix("setting_"): text for name, text in it.typed.items() if name.startswith("setting_")
        }
        kind = kind_of(TYPES[type], it.kind)
        parts = {part.name: it.typed.get(field_name(kind, part), "") for part in kind.fields}
        form = provider_drafts.Draft(
            type, "mine", "Mine", it.typed.get("base_url", ""), settings, key_kind=it.kind, key_parts=parts
        )
        unsaved, _ = draft_checks.discover_draft(actors.ada, runtime, form)
        assert unsaved.fault is None
        assert it.listed <= {row.wire_name for row in unsaved.rows}
        assert unsaved.rows
        assert {row.state for row in unsaved.rows} == {State.NEW}
        provider_registry.register(actors.ada, runtime, form, [unsaved.rows[0].draft])
        with reading() as session:
            provider_id = session.scalars(select(ProviderRecord.id)).one()
        saved = discovery.discover(actors.ada, runtime, provider_id)
        assert [row.wire_name for row in saved.rows] == [row.wire_name for row in unsaved.rows]
        assert saved.count("published") == 1
        proves = TYPES[type].listing_proves_key or not it.secrets
        assert bool(saved.note) == (not proves or bool(TYPES[type].listing_note))
        assert saved.names_needed == (type == "azure")
        check, _ = draft_checks.check_draft(actors.ada, runtime, replace(form, test_model=it.model), "")
        assert (check.outcome, check.sentence) == ("ok", check.sentence)
