"""The way in: where `/` leads, the overview, and the four doors of an empty portal."""

import html
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.dialects.secret import Secret
from portal.domain.gates import GATES
from portal.domain.language_models import Draft
from portal.services.allowances import redis_away
from portal.services.health import checks
from portal.services.keys import shared_keys
from portal.services.language_models import lifecycle, publishing
from portal.services.language_models.listing import connected
from portal.services.overrides import gates
from portal.services.runtime import EXTENSION, Runtime
from portal.services.selection import choosing
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.people import RoleRecord, UserRoleRecord
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from portal.web.navigation import exists
from tests import chatting
from tests.conftest import CANARY, Actors, Client
from tests.services.published import connect
from tests.upstream import Upstream


def test_each_person_lands_on_the_first_page_they_may_use(
    app: Flask, ada: Client, otto: Client, uma: Client, eve: Client
) -> None:
    assert ada.get("/").headers["Location"] == "/overview"
    assert otto.get("/").headers["Location"] == "/overview"
    assert uma.get("/").headers["Location"].startswith("/chat")
    answer = eve.get("/")
    assert answer.status_code == 200
    assert "Ask an administrator for a role." in answer.text


def test_a_stranger_is_sent_to_the_door(app: Flask, nobody: Client) -> None:
    assert "/sign-in" in nobody.get("/", headers={"Accept": "text/html"}).headers["Location"]


def test_the_overview_is_for_those_who_see_providers(app: Flask, uma: Client, eve: Client) -> None:
    for person in (uma, eve):
        assert person.get("/overview").status_code == 403
        for endpoint in ("demo", "ollama", "ollama/find", "environment"):
            assert person.post_form(f"/overview/{endpoint}").status_code == 403


def test_an_empty_portal_opens_four_doors(app: Flask, ada: Client) -> None:
    page = ada.get("/overview").text
    for words in (
        "Nothing is connected yet.",
        "Connect a provider",
        "Use a key in the environment",
        "Find an Ollama on this machine",
        "Try the demo",
    ):
        assert words in page


def test_the_demo_is_one_click_and_leads_to_a_chat(app: Flask, ada: Client, runtime: Runtime, actors: Actors) -> None:
    answer = ada.post_form("/overview/demo")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/chat" if exists("chat.index") else "/overview")
    groups = choosing.usable_models(runtime, actors.uma)
    assert [choice.name for choice in groups[0].choices] == ["demo-small", "demo-large"]
    assert groups[0].choices[0].is_default
    ada.post_form("/overview/demo")
    assert [entry.name for entry in connected(actors.ada, runtime)] == ["demo"]


def test_a_key_found_in_the_environment_is_used_where_it_is(
    app: Flask, ada: Client, runtime: Runtime, actors: Actors, environment: dict[str, str]
) -> None:
    environment["OPENAI_API_KEY"] = CANARY
    page = ada.get("/overview").text
    assert "OPENAI_API_KEY" in page
    assert CANARY not in page
    answer = ada.post_form("/overview/environment", {"type": "openai"}, follow_redirects=True)
    assert answer.status_code == 200
    assert CANARY not in answer.text
    (entry,) = connected(actors.ada, runtime)
    assert (entry.type, entry.credential) == ("openai", "environment")
    assert choosing.usable_models(runtime, actors.uma)
    del environment["OPENAI_API_KEY"]
    assert choosing.usable_models(runtime, actors.uma) == ()


def test_a_variable_that_is_gone_is_not_used(app: Flask, ada: Client, runtime: Runtime, actors: Actors) -> None:
    answer = ada.post_form("/overview/environment", {"type": "openai"})
    assert answer.status_code == 409
    assert connected(actors.ada, runtime) == ()


def test_an_ollama_on_this_machine_is_found_and_connected_with_its_models(
    app: Flask, ada: Client, runtime: Runtime, actors: Actors, environment: dict[str, str]
) -> None:
    with Upstream.openai(key=None, models=["qwen3:30b", "llama3.3:70b"]) as up:
        environment["OLLAMA_HOST"] = up.url.removeprefix("http://")
        ada.get("/overview")
        assert len(up.requests) == 0, "drawing a page asks nobody"
        page = ada.post_form("/overview/ollama/find").text
        assert "has 2 models: qwen3:30b, llama3.3:70b" in page
        part = ada.post_form("/overview/ollama/find", headers={"X-Part": "ollama"}).text
        assert "<html" not in part
        ada.post_form("/overview/ollama")
    (group,) = choosing.usable_models(runtime, actors.uma)
    assert (group.provider_type, [choice.name for choice in group.choices]) == ("ollama", ["qwen3:30b", "llama3.3:70b"])


def test_when_no_ollama_answers_the_page_says_so(
    app: Flask, ada: Client, runtime: Runtime, actors: Actors, environment: dict[str, str]
) -> None:
    environment["OLLAMA_HOST"] = "127.0.0.1:9"
    assert "No Ollama answers at 127.0.0.1:9." in ada.post_form("/overview/ollama/find").text
    assert ada.post_form("/overview/ollama").status_code == 409
    assert connected(actors.ada, runtime) == ()


@pytest.mark.parametrize("address", ["not an address:port", "http://[", "0.0.0.0", "ftp://127.0.0.1:9"])
def test_a_strange_ollama_address_is_no_fault_of_the_page(
    app: Flask, ada: Client, environment: dict[str, str], address: str
) -> None:
    environment["OLLAMA_HOST"] = address
    assert ada.post_form("/overview/ollama/find").status_code in (200, 503)


def test_the_overview_names_what_needs_somebody_worst_first(
    app: Flask, otto: Client, runtime: Runtime, actors: Actors
) -> None:
    connect("keyless", "openai")
    connect("local")
    connect("unreachable", "vllm", base_url="http://127.0.0.1:9/v1")
    model = publishing.publish(actors.ada, runtime, "keyless", Draft("m1")).id
    publishing.publish(actors.ada, runtime, "local", Draft("demo-small"))
    checks.check_saved(actors.ada, runtime, "unreachable", model="m")
    page = otto.get("/overview").text
    assert "Two providers have problems." in page
    assert "There is no connection to Unreachable." in page
    assert "Keyless needs a key." in page
    assert "Local was never tested." in page
    assert "The default, m1, cannot be used." in page
    assert page.index("Keyless needs a key.") < page.index("Local was never tested.")
    lifecycle.turn(actors.ada, runtime, model, on=False)
    assert "1 of 2 usable" in otto.get("/overview").text


def test_a_provider_without_models_leads_to_its_models_and_many_untested_ones_share_a_line(
    app: Flask, otto: Client, runtime: Runtime, actors: Actors
) -> None:
    connect("bare")
    for number in range(5):
        connect(f"local-{number}")
        publishing.publish(actors.ada, runtime, f"local-{number}", Draft("demo-small"))
    page = otto.get("/overview").text
    assert "Bare has no model yet." in page
    assert "/models/discover?provider=bare" in page
    assert "5 providers were never tested." in page
    assert "local-1 was never tested." not in page
    assert "/providers?show=untested" in page


def test_an_old_key_and_a_key_for_another_address_are_named(
    app: Flask, otto: Client, runtime: Runtime, actors: Actors
) -> None:
    old, moved = connect("aged", "openai"), connect("moved", "anthropic")
    with transaction() as session:
        for provider_id in (old, moved):
            provider = session.get_one(ProviderRecord, provider_id)
            shared_keys.add(session, runtime, actors.ada, provider, Secret(CANARY))
        session.execute(
            update(SharedKeyRecord)
            .where(SharedKeyRecord.provider_id == old)
            .values(created_at=runtime.now() - timedelta(days=97))
        )
        lock_catalog(session)
        session.get_one(ProviderRecord, moved).destination = "https://elsewhere.example.org:443"
    page = otto.get("/overview").text
    assert "The key of Aged is 97 days old." in page
    assert "Keys here are changed after 90 days." in page
    assert "Moved needs its key again." in page
    assert CANARY not in page


def test_a_portal_without_models_says_so(app: Flask, otto: Client) -> None:
    connect("local")
    assert "No model is published." in otto.get("/overview").text


def test_a_variable_that_is_bytes_and_no_text_is_none(app: Flask, ada: Client, environment: dict[str, str]):
    """As the operating system hands it over: \xff in a key that was copied from a broken file."""
    environment["OPENAI_API_KEY"] = "sk-\udcff0123456789"
    environment["OLLAMA_HOST"] = "\udcff"
    assert "None is set." in ada.get("/overview").text
    assert ada.post_form("/overview/environment", {"type": "openai"}).status_code == 409
    assert ada.post_form("/overview/ollama/find").status_code == 200
    for path in ("/overview", "/providers", "/settings", "/health-checks"):
        assert ada.get(path).status_code == 200


def test_the_gates_are_seen_at_a_glance_with_what_an_off_one_means(
    app: Flask, ada: Client, eve: Client, runtime: Runtime
) -> None:
    connect("acme")
    with transaction() as session:
        auditor = session.scalars(select(RoleRecord.id).where(RoleRecord.built_in == "auditor")).one()
        session.add(UserRoleRecord(user_id=Actors.eve.id, role_id=auditor))
    gates.turn(Actors.ada, runtime, "personal_keys", on=False)
    page = html.unescape(ada.get("/overview").text)
    part = page.split('aria-labelledby="gates"')[1].split("</section>")[0]
    for gate in GATES.values():
        assert gate.label in part
        assert f'href="/overrides/gates/{gate.key}"' in part
        assert (gate.kept in part) == (gate.key in ("personal_keys", "chat_sharing"))
    seen = eve.get("/overview").text
    assert GATES["ai"].label in seen
    assert "/overrides/gates/" not in seen


def test_that_redis_is_away_is_said_and_those_who_set_limits_are_led_there(
    app: Flask, runtime: Runtime, actors: Actors, ada: Client, otto: Client
) -> None:
    chatting.connect(runtime, actors.ada, "http://127.0.0.1:9/v1", "gpt-5.2")
    url = f"redis://:{CANARY}@127.0.0.1:1/0"
    app.extensions[EXTENSION] = replace(runtime, settings=replace(runtime.settings, redis_url=url))
    assert "Redis is away" not in ada.get("/overview").text
    redis_away.say(runtime, runtime.now(), "nothing answers there")
    page = ada.get("/overview").text
    assert "Redis is away." in page
    assert "The database counts requests meanwhile (nothing answers there)." in page
    assert 'href="/limits' in page.partition("Redis is away.")[2].partition("</li>")[0]
    assert "<a" not in otto.get("/overview").text.partition("Redis is away.")[2].partition("</li>")[0]
    assert CANARY not in page + ada.get("/settings").text
    redis_away.take_back(runtime)
    assert "Redis is away" not in ada.get("/overview").text
