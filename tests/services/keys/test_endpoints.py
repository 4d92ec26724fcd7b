"""A door opens with the one key that serves, and a stored key never travels to another host."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, text

from portal.dialects.secret import Secret
from portal.domain.errors import NotFound
from portal.domain.faults import Category, UpstreamError
from portal.services.keys import endpoints, shared_keys
from portal.services.runtime import Tools
from portal.store.base import db, reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.conftest import CANARY, Actors
from tests.factories import make_provider


def give(tools: Tools, provider: ProviderRecord, key: str = CANARY) -> shared_keys.KeyView:
    with transaction() as session:
        return shared_keys.add(session, tools, Actors.ada, session.get(ProviderRecord, provider.id), key)


def change(statement: str, **values: object) -> None:
    with transaction() as session:
        session.execute(text(statement), values)


def rest(key_id: object, until: datetime | None) -> None:
    with transaction() as session:
        session.get(SharedKeyRecord, key_id).rest_until = until


def need_key(tools: Tools, provider_id: object, **options: object) -> str:
    with pytest.raises(UpstreamError) as refused:
        endpoints.open_door(tools, provider_id, **options)
    assert refused.value.fault.category is Category.NEED_KEY
    assert CANARY not in str(refused.value) + repr(refused.value.fault)
    return refused.value.fault.hint


def test_a_saved_provider_opens_with_its_shared_key(tools: Tools):
    provider = make_provider(settings={"project": "proj_1"}, read_timeout=60.0)
    key = give(tools, provider)
    opened = endpoints.open_door(tools, provider.id)
    assert opened.door.secret == Secret(CANARY)
    assert opened.door.settings == {"project": "proj_1"}
    assert (opened.source, opened.key_id, opened.fingerprint) == ("shared", key.id, key.fingerprint)
    assert opened.destination == {"https://api.openai.com:443"}
    assert (opened.provider_name, opened.limits.read) == ("acme-openai", 60.0)
    assert CANARY not in repr(opened)


def test_the_number_of_queries_does_not_grow_with_the_keys(tools: Tools):
    provider = make_provider()
    counted: list[str] = []

    def count(_connection, _cursor, statement, *_rest):
        if statement.lstrip().upper().startswith("SELECT"):
            counted.append(statement)

    give(tools, provider)
    event.listen(db.engine, "before_cursor_execute", count)
    try:
        endpoints.open_door(tools, provider.id)
        once = len(counted)
        for number in range(5):
            give(tools, provider, f"sk-{number}")
        counted.clear()
        endpoints.open_door(tools, provider.id)
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    assert once == len(counted) == 2


def test_a_resting_key_lets_the_next_serve_and_if_all_rest_the_soonest_to_wake_does(tools: Tools):
    provider = make_provider()
    first, second = give(tools, provider, "sk-1"), give(tools, provider, "sk-2")
    now = datetime.now(UTC)
    assert endpoints.open_door(tools, provider.id).key_id == first.id
    rest(first.id, now + timedelta(minutes=5))
    assert endpoints.open_door(tools, provider.id).key_id == second.id
    rest(second.id, now + timedelta(minutes=9))
    assert endpoints.open_door(tools, provider.id).key_id == first.id
    rest(first.id, now - timedelta(minutes=1))
    assert endpoints.open_door(tools, provider.id).key_id == first.id


def test_one_key_can_be_asked_for_by_itself(tools: Tools):
    provider, other = make_provider(), make_provider("other")
    give(tools, provider, "sk-1")
    second = give(tools, provider, "sk-2")
    assert endpoints.open_door(tools, provider.id, key_id=second.id).door.secret == Secret("sk-2")
    with pytest.raises(NotFound):
        endpoints.open_door(tools, other.id, key_id=second.id)


def test_a_provider_whose_host_was_changed_needs_its_key_again(tools: Tools):
    provider = make_provider()
    key = give(tools, provider)
    change(
        "UPDATE providers SET base_url = :url, destination = :to",
        url="https://evil.example/v1",
        to="https://evil.example:443",
    )
    assert "Enter it again" in need_key(tools, provider.id)
    assert "Enter it again" in need_key(tools, provider.id, key_id=key.id)


def test_a_sealed_value_moved_to_another_row_does_not_open(tools: Tools):
    victim, thief = make_provider("victim"), make_provider("thief", base_url="https://evil.example/v1")
    taken, own = give(tools, victim), give(tools, thief, "sk-own")
    change(
        "UPDATE shared_keys SET sealed = (SELECT sealed FROM shared_keys WHERE id = :taken) WHERE id = :own".replace(
            ":taken", f"'{_stored_id(taken.id)}'"
        ).replace(":own", f"'{_stored_id(own.id)}'")
    )
    assert "Enter it again" in need_key(tools, thief.id)
    assert endpoints.open_door(tools, victim.id).door.secret == Secret(CANARY)


def _stored_id(id: object) -> str:
    return id.hex if db.engine.dialect.name == "sqlite" else str(id)


def test_a_row_moved_to_another_provider_does_not_open_there(tools: Tools):
    victim, thief = make_provider("victim"), make_provider("thief")
    give(tools, victim)
    with transaction() as session:
        session.query(SharedKeyRecord).update({"provider_id": thief.id})
    need_key(tools, thief.id)


def test_a_row_whose_destination_was_rewritten_does_not_open(tools: Tools):
    provider = make_provider()
    give(tools, provider)
    evil = "https://evil.example:443"
    change("UPDATE providers SET base_url = 'https://evil.example/v1', destination = :to", to=evil)
    change("UPDATE shared_keys SET destination = :to", to=evil)
    need_key(tools, provider.id)


def test_a_key_that_does_not_open_lets_the_next_one_serve(tools: Tools):
    provider = make_provider()
    first, second = give(tools, provider, "sk-1"), give(tools, provider, "sk-2")
    change("UPDATE shared_keys SET sealed = 'garbage' WHERE position = 0")
    assert endpoints.open_door(tools, provider.id).key_id == second.id
    assert "Enter it again" in need_key(tools, provider.id, key_id=first.id)


def test_the_environment_serves_only_towards_the_types_own_hosts(tools: Tools, environment: dict[str, str]):
    own = make_provider("own")
    elsewhere = make_provider("elsewhere", base_url="https://evil.example/v1")
    plain = make_provider("plain", base_url="http://api.openai.com/v1")
    for provider in (own, elsewhere, plain):
        need_key(tools, provider.id)
    environment["OPENAI_API_KEY"] = f"{CANARY}\n"
    opened = endpoints.open_door(tools, own.id)
    assert (opened.door.secret, opened.source, opened.key_id) == (Secret(CANARY), "environment", None)
    assert opened.fingerprint == tools.vault.fingerprint(Secret(CANARY))
    need_key(tools, elsewhere.id)
    need_key(tools, plain.id)


def test_a_stored_key_goes_before_the_environment(tools: Tools, environment: dict[str, str]):
    environment["OPENAI_API_KEY"] = "sk-environment"
    provider = make_provider()
    give(tools, provider)
    assert endpoints.open_door(tools, provider.id).source == "shared"


BEDROCK = "https://bedrock-runtime.eu-central-1.amazonaws.com"
AWS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret/of+it"}


def test_a_credential_of_several_variables_serves_whole_or_not_at_all(tools: Tools, environment: dict[str, str]):
    there = {"region": "eu-central-1"}
    environment["AWS_ACCESS_KEY_ID"] = "AKIAEXAMPLE"
    with pytest.raises(UpstreamError):
        endpoints.typed_door(tools, "bedrock", "", there, None)
    environment |= AWS
    opened = endpoints.typed_door(tools, "bedrock", "", there, None)
    assert (opened.source, opened.door.key_kind, opened.door.base_url) == ("environment", "aws", BEDROCK)
    packed = '{"access_key_id": "AKIAEXAMPLE", "secret_access_key": "secret/of+it"}'
    assert opened.door.secret == Secret(packed)
    environment["AWS_SESSION_TOKEN"] = "token"
    opened = endpoints.typed_door(tools, "bedrock", "", there, None)
    assert opened.door.secret == Secret(packed[:-1] + ', "session_token": "token"}')
    environment["AWS_BEARER_TOKEN_BEDROCK"] = "ABSKexample"
    opened = endpoints.typed_door(tools, "bedrock", "", there, None)
    assert (opened.door.key_kind, opened.door.secret) == ("key", Secret("ABSKexample"))


def test_the_environments_access_key_stays_within_aws(tools: Tools, environment: dict[str, str]):
    environment |= AWS
    for elsewhere in ("http://127.0.0.1:1", "https://bedrock-runtime.eu.example.com", "https://mine.s3.amazonaws.com"):
        with pytest.raises(UpstreamError):
            endpoints.typed_door(tools, "bedrock", elsewhere, {"region": "eu-central-1"}, None)
    with pytest.raises(UpstreamError):
        endpoints.typed_door(tools, "bedrock", "https://bedrock-runtime.a.s3.amazonaws.com", {"region": "a"}, None)


def test_a_saved_provider_of_several_variables_names_the_first(tools: Tools, environment: dict[str, str]):
    environment |= AWS
    destination = (
        "https://bedrock-runtime.eu-central-1.amazonaws.com:443 https://bedrock.eu-central-1.amazonaws.com:443"
    )
    provider = make_provider(
        type="bedrock", base_url=BEDROCK, settings={"region": "eu-central-1"}, destination=destination
    )
    opened = endpoints.open_door(tools, provider.id)
    assert (opened.door.key_kind, opened.source, len(opened.fingerprint)) == ("aws", "environment", 8)
    environment["AWS_SECRET_ACCESS_KEY"] = "sécret"
    assert "AWS_SECRET_ACCESS_KEY" in need_key(tools, provider.id)


def test_a_variable_that_cannot_be_a_key_is_named_and_not_sent(tools: Tools, environment: dict[str, str]):
    environment["OPENAI_API_KEY"] = "sk–dash"
    assert "OPENAI_API_KEY" in need_key(tools, make_provider().id)


def test_a_type_that_works_without_a_key_opens_without_one(tools: Tools):
    ollama = make_provider("ollama", "ollama")
    opened = endpoints.open_door(tools, ollama.id)
    assert (opened.door.secret, opened.source, opened.fingerprint) == (None, "none", "")
    demo = make_provider("demo", "demo")
    assert endpoints.open_door(tools, demo.id).source == "none"


def test_a_provider_that_is_gone_is_not_found(tools: Tools):
    with pytest.raises(NotFound):
        endpoints.open_door(tools, uuid4())
    gone = make_provider(deleted_at=datetime.now(UTC))
    with pytest.raises(NotFound):
        endpoints.open_door(tools, gone.id)


def test_a_form_opens_with_the_key_typed_into_it(tools: Tools, environment: dict[str, str]):
    opened = endpoints.typed_door(tools, "openai", "https://proxy.example/v1", {}, Secret(CANARY))
    assert (opened.door.secret, opened.source) == (Secret(CANARY), "typed")
    assert opened.destination == {"https://proxy.example:443"}
    with pytest.raises(UpstreamError) as refused:
        endpoints.typed_door(tools, "openai", "https://proxy.example/v1", {}, None)
    assert refused.value.fault.category is Category.NEED_KEY
    environment["OPENAI_API_KEY"] = "sk-environment"
    assert endpoints.typed_door(tools, "openai", "https://api.openai.com/v1", {}, None).source == "environment"
    with pytest.raises(UpstreamError):
        endpoints.typed_door(tools, "openai", "https://proxy.example/v1", {}, None)
    assert endpoints.typed_door(tools, "ollama", "http://localhost:11434/v1", {}, None).source == "none"
    assert endpoints.typed_door(tools, "demo", "demo:", {}, Secret("ignored")).door.secret is None


def test_the_last_use_is_noted_to_the_minute_without_raising_the_catalog(app: Flask, tools: Tools):
    provider = make_provider()
    key = give(tools, provider)

    def used() -> tuple[datetime | None, int]:
        with reading() as session:
            version = session.execute(text("SELECT version FROM catalog_state")).scalar_one()
            return session.get(SharedKeyRecord, key.id).last_used_at, version

    before = used()
    endpoints.note_use(tools, key.id)
    noted = used()
    endpoints.note_use(tools, key.id)
    assert before[0] is None
    assert noted[0] is not None
    assert used() == noted
    assert noted[1] == before[1]
    endpoints.note_use(tools, None)
    endpoints.note_use(tools, uuid4())
