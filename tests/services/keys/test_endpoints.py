"""An endpoint is resolved with the one key that serves, and a stored key never travels to another host."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, text

from portal.dialects.secret import Secret
from portal.domain.errors import NotFound
from portal.domain.faults import Category, UpstreamError
from portal.services import last_used
from portal.services.keys import endpoints, shared_keys
from portal.services.runtime import Runtime
from portal.store.base import db, reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.conftest import CANARY, Actors
from tests.factories import make_provider


def give(runtime: Runtime, provider: ProviderRecord, key: str = CANARY) -> shared_keys.KeyView:
    with transaction() as session:
        return shared_keys.add(session, runtime, Actors.ada, session.get(ProviderRecord, provider.id), key)


def change(statement: str, **values: object) -> None:
    with transaction() as session:
        session.execute(text(statement), values)


def cooldown(key_id: object, until: datetime | None) -> None:
    with transaction() as session:
        session.get(SharedKeyRecord, key_id).rest_until = until


def need_key(runtime: Runtime, provider_id: object, **options: object) -> str:
    with pytest.raises(UpstreamError) as refused:
        endpoints.resolve(runtime, provider_id, **options)
    assert refused.value.fault.category is Category.NEED_KEY
    assert CANARY not in str(refused.value) + repr(refused.value.fault)
    return refused.value.fault.hint


def test_a_saved_provider_opens_with_its_shared_key(runtime: Runtime):
    provider = make_provider(settings={"project": "proj_1"}, read_timeout=60.0)
    key = give(runtime, provider)
    resolved = endpoints.resolve(runtime, provider.id)
    assert resolved.endpoint.secret == Secret(CANARY)
    assert resolved.endpoint.settings == {"project": "proj_1"}
    assert (resolved.source, resolved.key_id, resolved.fingerprint) == ("shared", key.id, key.fingerprint)
    assert resolved.destination == {"https://api.openai.com:443"}
    assert (resolved.provider_name, resolved.limits.read) == ("acme-openai", 60.0)
    assert CANARY not in repr(resolved)


def test_the_number_of_queries_does_not_grow_with_the_keys(runtime: Runtime):
    provider = make_provider()
    counted: list[str] = []

    def count(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith("SELECT"):
            counted.append(statement)

    give(runtime, provider)
    event.listen(db.engine, "before_cursor_execute", count)
    try:
        endpoints.resolve(runtime, provider.id)
        once = len(counted)
        for number in range(5):
            give(runtime, provider, f"sk-{number}")
        counted.clear()
        endpoints.resolve(runtime, provider.id)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert once == len(counted) == 2


def test_a_key_that_cools_down_lets_the_next_serve_and_if_all_do_the_soonest_ready_does(runtime: Runtime):
    provider = make_provider()
    first, second = give(runtime, provider, "sk-1"), give(runtime, provider, "sk-2")
    now = datetime.now(UTC)
    assert endpoints.resolve(runtime, provider.id).key_id == first.id
    cooldown(first.id, now + timedelta(minutes=5))
    assert endpoints.resolve(runtime, provider.id).key_id == second.id
    cooldown(second.id, now + timedelta(minutes=9))
    assert endpoints.resolve(runtime, provider.id).key_id == first.id
    cooldown(first.id, now - timedelta(minutes=1))
    assert endpoints.resolve(runtime, provider.id).key_id == first.id


def test_one_key_can_be_asked_for_by_itself(runtime: Runtime):
    provider, other = make_provider(), make_provider("other")
    give(runtime, provider, "sk-1")
    second = give(runtime, provider, "sk-2")
    assert endpoints.resolve(runtime, provider.id, key_id=second.id).endpoint.secret == Secret("sk-2")
    with pytest.raises(NotFound):
        endpoints.resolve(runtime, other.id, key_id=second.id)


def test_a_provider_whose_host_was_changed_needs_its_key_again(runtime: Runtime):
    provider = make_provider()
    key = give(runtime, provider)
    change(
        "UPDATE providers SET base_url = :url, destination = :to",
        url="https://evil.example/v1",
        to="https://evil.example:443",
    )
    assert "Enter it again" in need_key(runtime, provider.id)
    assert "Enter it again" in need_key(runtime, provider.id, key_id=key.id)


def test_an_encrypted_value_moved_to_another_row_does_not_open(runtime: Runtime):
    victim, thief = make_provider("victim"), make_provider("thief", base_url="https://evil.example/v1")
    taken, own = give(runtime, victim), give(runtime, thief, "sk-own")
    change(
        "UPDATE shared_keys SET sealed = (SELECT sealed FROM shared_keys WHERE id = :taken) WHERE id = :own".replace(
            ":taken", f"'{_stored_id(taken.id)}'"
        ).replace(":own", f"'{_stored_id(own.id)}'")
    )
    assert "Enter it again" in need_key(runtime, thief.id)
    assert endpoints.resolve(runtime, victim.id).endpoint.secret == Secret(CANARY)


def _stored_id(id: object) -> str:
    return id.hex if db.engine.dialect.name == "sqlite" else str(id)


def test_a_row_moved_to_another_provider_does_not_open_there(runtime: Runtime):
    victim, thief = make_provider("victim"), make_provider("thief")
    give(runtime, victim)
    with transaction() as session:
        session.query(SharedKeyRecord).update({"provider_id": thief.id})
    need_key(runtime, thief.id)


def test_a_row_whose_destination_was_rewritten_does_not_open(runtime: Runtime):
    provider = make_provider()
    give(runtime, provider)
    evil = "https://evil.example:443"
    change("UPDATE providers SET base_url = 'https://evil.example/v1', destination = :to", to=evil)
    change("UPDATE shared_keys SET destination = :to", to=evil)
    need_key(runtime, provider.id)


def test_a_key_that_does_not_open_lets_the_next_one_serve(runtime: Runtime):
    provider = make_provider()
    first, second = give(runtime, provider, "sk-1"), give(runtime, provider, "sk-2")
    change("UPDATE shared_keys SET sealed = 'garbage' WHERE position = 0")
    assert endpoints.resolve(runtime, provider.id).key_id == second.id
    assert "Enter it again" in need_key(runtime, provider.id, key_id=first.id)


def test_the_environment_serves_only_towards_the_types_own_hosts(runtime: Runtime, environment: dict[str, str]):
    own = make_provider("own")
    elsewhere = make_provider("elsewhere", base_url="https://evil.example/v1")
    plain = make_provider("plain", base_url="http://api.openai.com/v1")
    for provider in (own, elsewhere, plain):
        need_key(runtime, provider.id)
    environment["OPENAI_API_KEY"] = f"{CANARY}\n"
    resolved = endpoints.resolve(runtime, own.id)
    assert (resolved.endpoint.secret, resolved.source, resolved.key_id) == (Secret(CANARY), "environment", None)
    assert resolved.fingerprint == runtime.vault.fingerprint(Secret(CANARY))
    need_key(runtime, elsewhere.id)
    need_key(runtime, plain.id)


def test_a_stored_key_goes_before_the_environment(runtime: Runtime, environment: dict[str, str]):
    environment["OPENAI_API_KEY"] = "sk-environment"
    provider = make_provider()
    give(runtime, provider)
    assert endpoints.resolve(runtime, provider.id).source == "shared"


BEDROCK = "https://bedrock-runtime.eu-central-1.amazonaws.com"
AWS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret/of+it"}


def test_a_credential_of_several_variables_serves_whole_or_not_at_all(runtime: Runtime, environment: dict[str, str]):
    there = {"region": "eu-central-1"}
    environment["AWS_ACCESS_KEY_ID"] = "AKIAEXAMPLE"
    with pytest.raises(UpstreamError):
        endpoints.resolve_typed(runtime, "bedrock", "", there, None)
    environment |= AWS
    resolved = endpoints.resolve_typed(runtime, "bedrock", "", there, None)
    assert (resolved.source, resolved.endpoint.key_kind, resolved.endpoint.base_url) == ("environment", "aws", BEDROCK)
    packed = '{"access_key_id": "AKIAEXAMPLE", "secret_access_key": "secret/of+it"}'
    assert resolved.endpoint.secret == Secret(packed)
    environment["AWS_SESSION_TOKEN"] = "token"
    resolved = endpoints.resolve_typed(runtime, "bedrock", "", there, None)
    assert resolved.endpoint.secret == Secret(packed[:-1] + ', "session_token": "token"}')
    environment["AWS_BEARER_TOKEN_BEDROCK"] = "ABSKexample"
    resolved = endpoints.resolve_typed(runtime, "bedrock", "", there, None)
    assert (resolved.endpoint.key_kind, resolved.endpoint.secret) == ("key", Secret("ABSKexample"))


def test_the_environments_access_key_stays_within_aws(runtime: Runtime, environment: dict[str, str]):
    environment |= AWS
    for elsewhere in ("http://127.0.0.1:1", "https://bedrock-runtime.eu.example.com", "https://mine.s3.amazonaws.com"):
        with pytest.raises(UpstreamError):
            endpoints.resolve_typed(runtime, "bedrock", elsewhere, {"region": "eu-central-1"}, None)
    with pytest.raises(UpstreamError):
        endpoints.resolve_typed(runtime, "bedrock", "https://bedrock-runtime.a.s3.amazonaws.com", {"region": "a"}, None)


def test_a_saved_provider_of_several_variables_names_the_first(runtime: Runtime, environment: dict[str, str]):
    environment |= AWS
    destination = (
        "https://bedrock-runtime.eu-central-1.amazonaws.com:443 https://bedrock.eu-central-1.amazonaws.com:443"
    )
    provider = make_provider(
        type="bedrock", base_url=BEDROCK, settings={"region": "eu-central-1"}, destination=destination
    )
    resolved = endpoints.resolve(runtime, provider.id)
    assert (resolved.endpoint.key_kind, resolved.source, len(resolved.fingerprint)) == ("aws", "environment", 8)
    environment["AWS_SECRET_ACCESS_KEY"] = "sécret"
    assert "AWS_SECRET_ACCESS_KEY" in need_key(runtime, provider.id)


def test_a_variable_that_cannot_be_a_key_is_named_and_not_sent(runtime: Runtime, environment: dict[str, str]):
    environment["OPENAI_API_KEY"] = "sk–dash"
    assert "OPENAI_API_KEY" in need_key(runtime, make_provider().id)


def test_a_type_that_works_without_a_key_opens_without_one(runtime: Runtime):
    ollama = make_provider("ollama", "ollama")
    resolved = endpoints.resolve(runtime, ollama.id)
    assert (resolved.endpoint.secret, resolved.source, resolved.fingerprint) == (None, "none", "")
    demo = make_provider("demo", "demo")
    assert endpoints.resolve(runtime, demo.id).source == "none"


def test_a_provider_that_is_gone_is_not_found(runtime: Runtime):
    with pytest.raises(NotFound):
        endpoints.resolve(runtime, uuid4())
    gone = make_provider(deleted_at=datetime.now(UTC))
    with pytest.raises(NotFound):
        endpoints.resolve(runtime, gone.id)


def test_a_form_opens_with_the_key_typed_into_it(runtime: Runtime, environment: dict[str, str]):
    resolved = endpoints.resolve_typed(runtime, "openai", "https://proxy.example/v1", {}, Secret(CANARY))
    assert (resolved.endpoint.secret, resolved.source) == (Secret(CANARY), "typed")
    assert resolved.destination == {"https://proxy.example:443"}
    with pytest.raises(UpstreamError) as refused:
        endpoints.resolve_typed(runtime, "openai", "https://proxy.example/v1", {}, None)
    assert refused.value.fault.category is Category.NEED_KEY
    environment["OPENAI_API_KEY"] = "sk-environment"
    assert endpoints.resolve_typed(runtime, "openai", "https://api.openai.com/v1", {}, None).source == "environment"
    with pytest.raises(UpstreamError):
        endpoints.resolve_typed(runtime, "openai", "https://proxy.example/v1", {}, None)
    assert endpoints.resolve_typed(runtime, "ollama", "http://localhost:11434/v1", {}, None).source == "none"
    assert endpoints.resolve_typed(runtime, "demo", "demo:", {}, Secret("ignored")).endpoint.secret is None


def test_the_last_use_is_noted_to_the_minute_without_raising_the_catalog(app: Flask, runtime: Runtime):
    provider = make_provider()
    key = give(runtime, provider)

    def used() -> tuple[datetime | None, int]:
        last_used.here().write()
        with reading() as session:
            version = session.execute(text("SELECT version FROM catalog_state")).scalar_one()
            return session.get(SharedKeyRecord, key.id).last_used_at, version

    resolved = endpoints.resolve(runtime, provider.id)
    before = used()
    endpoints.note_use(runtime, resolved)
    noted = used()
    endpoints.note_use(runtime, resolved)
    assert before[0] is None
    assert noted[0] is not None
    assert used() == noted
    assert noted[1] == before[1]
    endpoints.note_use(runtime, replace(resolved, key_id=None))
    endpoints.note_use(runtime, replace(resolved, key_id=uuid4()))
