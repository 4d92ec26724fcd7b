"""Choosing from the database: the newest catalog in every process, credentials as facts, the selector's groups."""

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event

from portal import create_app
from portal.dialects.secret import Secret
from portal.domain.errors import NotFound
from portal.domain.language_models import Draft
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import Refusal, Selection
from portal.services.keys import shared_keys
from portal.services.language_models import lifecycle, publishing
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.settings import Settings
from portal.store import catalog
from portal.store.base import db, transaction
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord
from portal.web.context import runtime as runtime_of
from tests.conftest import CANARY, Actors
from tests.services.published import connect


def publish(runtime: Runtime, actors: Actors, provider: str, name: str, **more: object) -> UUID:
    return publishing.publish(actors.ada, runtime, provider, Draft(name, **more)).id


def test_the_default_answers_when_nothing_else_decides(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    first = publish(runtime, actors, "local", "m1")
    publish(runtime, actors, "local", "m2")
    answer = choosing.choose(runtime, actors.uma)
    assert isinstance(answer, Selection)
    assert (answer.language_model_id, answer.layer, answer.credential) == (first, Layer.DEFAULT, "none")
    assert (answer.provider_name, answer.provider_label, answer.wire_name) == ("local", "Local", "m1")


def test_a_deleted_model_of_a_chat_gives_way_and_the_trail_names_it(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    connect()
    publish(runtime, actors, "local", "m1")
    gone = publish(runtime, actors, "local", "m2")
    lifecycle.delete(actors.ada, runtime, gone)
    answer = choosing.choose(runtime, actors.uma, chat_model_id=gone)
    assert isinstance(answer, Selection)
    assert [(step.layer, step.outcome, step.candidate) for step in answer.trail] == [
        (Layer.EXPLICIT, Reason.NOT_SET, ""),
        (Layer.PERSONAL_OVERRIDE, Reason.NOT_SET, ""),
        (Layer.ADMIN_OVERRIDE, Reason.NOT_FOR_THIS_CONTEXT, ""),
        (Layer.CHAT_MODEL, Reason.MODEL_DELETED, "local:m2"),
        (Layer.PROVIDER_DEFAULT, Reason.NOT_SET, ""),
        (Layer.TEAM_DEFAULT, Reason.NOT_SET, ""),
        (Layer.DEFAULT, "chosen", "local:m1"),
    ]


def test_an_explicit_model_that_is_off_is_refused(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    publish(runtime, actors, "local", "m1")
    off = publish(runtime, actors, "local", "m2")
    lifecycle.turn(actors.ada, runtime, off, on=False)
    answer = choosing.choose(runtime, actors.uma, explicit=off)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.MODEL_DISABLED
    assert choosing.why_not(runtime, actors.uma, off) is Reason.MODEL_DISABLED


def test_an_unknown_context_is_not_found(app: Flask, runtime: Runtime, actors: Actors) -> None:
    with pytest.raises(NotFound):
        choosing.choose(runtime, actors.uma, context="astrology")


def test_a_provider_without_a_key_has_no_credential_until_one_is_entered(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    provider_id = connect("acme", "openai")
    model = publish(runtime, actors, "acme", "m1")
    assert choosing.why_not(runtime, actors.uma, model) is Reason.NO_CREDENTIAL
    with transaction() as session:
        shared_keys.add(session, runtime, actors.ada, session.get_one(ProviderRecord, provider_id), Secret(CANARY))
    answer = choosing.choose(runtime, actors.uma, explicit=model)
    assert isinstance(answer, Selection)
    assert answer.credential == "shared"
    assert CANARY not in repr(choosing.current_catalog(runtime)) + repr(catalog.newest())


def test_a_key_encrypted_for_another_address_is_no_credential(app: Flask, runtime: Runtime, actors: Actors) -> None:
    provider_id = connect("acme", "openai")
    model = publish(runtime, actors, "acme", "m1")
    with transaction() as session:
        provider = session.get_one(ProviderRecord, provider_id)
        shared_keys.add(session, runtime, actors.ada, provider, Secret(CANARY))
        lock_catalog(session)
        provider.destination = "https://elsewhere.example.org:443"
    assert choosing.why_not(runtime, actors.uma, model) is Reason.NO_CREDENTIAL


def test_the_environment_is_a_credential_only_towards_the_types_own_hosts(
    app: Flask, runtime: Runtime, actors: Actors, environment: dict[str, str]
) -> None:
    environment["OPENAI_API_KEY"] = CANARY
    connect("acme", "openai")
    connect("elsewhere", "openai", base_url="https://api.openai.com.example.org/v1")
    near, far = publish(runtime, actors, "acme", "m1"), publish(runtime, actors, "elsewhere", "m2")
    answer = choosing.choose(runtime, actors.uma, explicit=near)
    assert isinstance(answer, Selection)
    assert answer.credential == "environment"
    assert choosing.why_not(runtime, actors.uma, far) is Reason.NO_CREDENTIAL


def test_the_selector_offers_usable_models_grouped_by_provider(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect("b")
    connect("a")
    connect("turned-off", enabled=False)
    first = publish(runtime, actors, "b", "m1", display_name="One")
    publish(runtime, actors, "a", "m2")
    publish(runtime, actors, "b", "m3", recommended=True)
    publish(runtime, actors, "turned-off", "m4")
    publish(runtime, actors, "a", "m5", features=("actions",))
    groups = choosing.usable_models(runtime, actors.uma)
    assert [(group.provider_name, [choice.name for choice in group.choices]) for group in groups] == [
        ("b", ["m1", "m3"]),
        ("a", ["m2"]),
    ]
    assert groups[0].choices[0].label == "[B] One"
    assert (groups[0].choices[0].id, groups[0].choices[0].is_default) == (first, True)
    assert groups[0].choices[1].recommended


def test_the_catalog_is_read_again_only_when_its_version_rises(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    publish(runtime, actors, "local", "m1")
    catalog.newest()
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    first = catalog.newest()
    assert catalog.newest() is first
    reads = [statement for statement in said if statement.lstrip().upper().startswith("SELECT")]
    assert len(reads) == 2
    publish(runtime, actors, "local", "m2")
    assert catalog.newest() is not first


def test_a_model_disabled_in_one_process_is_not_offered_by_the_next_request_of_another(
    app: Flask, runtime: Runtime, actors: Actors, settings: Settings, tmp_path: Path
) -> None:
    connect()
    model = publish(runtime, actors, "local", "m1")
    other = create_app(settings, environment={})
    with other.app_context():
        assert choosing.usable_models(runtime_of(), actors.uma)
    assert choosing.usable_models(runtime, actors.uma)
    with other.app_context():
        lifecycle.turn(actors.ada, runtime_of(), model, on=False)
    assert choosing.usable_models(runtime, actors.uma) == ()
    assert isinstance(choosing.choose(runtime, actors.uma), Refusal)
    with other.app_context():
        db.engine.dispose()
