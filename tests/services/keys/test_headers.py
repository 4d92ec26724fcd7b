"""Headers with secret values are encrypted like keys, travel only to their own address, and are never seen again."""

import pytest
from sqlalchemy import select, text

from portal.domain.errors import Invalid
from portal.domain.health import KeyStatus
from portal.domain.provider_headers import TypedHeader
from portal.domain.selection import Refusal
from portal.services.health import checks
from portal.services.keys import endpoints
from portal.services.providers import detail as provider_detail
from portal.services.providers import draft_checks
from portal.services.providers import listing as provider_listing
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import providers as stored_providers
from portal.store.audit import AuditRecord
from portal.store.base import db, reading, transaction
from portal.store.provider_headers import ProviderHeaderRecord
from tests.conftest import CANARY, Actors
from tests.connecting import connect, draft
from tests.upstream import Upstream

ADA = Actors.ada
PLAIN = TypedHeader("X-Tenant", "acme")
SECRET = TypedHeader("X-Gate", CANARY, secret=True)


@pytest.fixture
def acme(runtime: Runtime, upstream: Upstream) -> str:
    upstream.respond(json={"choices": [{"message": {"content": "Hi"}}], "model": "gpt-5.2"})
    return connect(ADA, runtime, upstream, headers=(PLAIN, SECRET), default_model="gpt-5.2")


def change(runtime: Runtime, name: str, **changes: object) -> None:
    form, seen = provider_registry.read_draft(ADA, name)
    provider_registry.change(ADA, runtime, name, Draft(**{**vars(form), **changes}), seen)


def sent(upstream: Upstream) -> dict[str, str]:
    headers = upstream.requests[-1].headers
    return {name: headers[name] for name in ("x-tenant", "x-gate") if name in headers}


def test_they_travel_with_every_request(runtime: Runtime, upstream: Upstream, acme: str):
    assert checks.check_saved(ADA, runtime, acme).outcome == "ok"
    assert sent(upstream) == {"x-tenant": "acme", "x-gate": CANARY}


def test_a_secret_value_is_in_no_cell_no_form_and_no_page(runtime: Runtime, acme: str):
    with reading() as session:
        for table in db.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert CANARY not in repr(tuple(row)), table.name
    form, _ = provider_registry.read_draft(ADA, acme)
    assert form.headers == (PLAIN, TypedHeader("X-Gate", "", secret=True))
    told = provider_detail.read_detail(ADA, runtime, acme).headers
    assert [(header.name, header.secret, header.opens) for header in told] == [
        ("X-Tenant", False, True),
        ("X-Gate", True, True),
    ]
    assert CANARY not in repr(told)


def test_blank_keeps_a_secret_and_a_removed_row_forgets_it(runtime: Runtime, upstream: Upstream, acme: str):
    change(runtime, acme, label="Renamed")
    checks.check_saved(ADA, runtime, acme)
    assert sent(upstream)["x-gate"] == CANARY
    change(runtime, acme, headers=(PLAIN,))
    checks.check_saved(ADA, runtime, acme)
    assert sent(upstream) == {"x-tenant": "acme"}
    with reading() as session:
        assert [row.name for row in session.scalars(select(ProviderHeaderRecord))] == ["X-Tenant"]


def test_a_secret_that_becomes_plain_does_not_show_itself(runtime: Runtime, acme: str):
    with pytest.raises(Invalid) as refused:
        change(runtime, acme, headers=(TypedHeader("X-Gate", ""),))
    assert "headers-0" in refused.value.faults


def test_a_secret_never_travels_to_another_host(runtime: Runtime, upstream: Upstream, acme: str):
    with Upstream.openai() as elsewhere:
        form, _ = provider_registry.read_draft(ADA, acme)
        there = {"base_url": elsewhere.base_url, "key": "sk-for-there-1", "test_model": "gpt-5.2"}
        moved = Draft(**{**vars(form), **there})
        draft_checks.check_draft(ADA, runtime, moved, acme)
        assert sent(elsewhere) == {"x-tenant": "acme"}
        asked = len(elsewhere.requests)
        change(runtime, acme, base_url=elsewhere.base_url, key="sk-for-there-1")
        check = checks.check_saved(ADA, runtime, acme)
        assert check.category == "need_key"
        assert "X-Gate" in check.hint
        assert len(elsewhere.requests) == asked
        assert provider_listing.list_for(ADA, runtime).rows[0].key.status == KeyStatus.NEEDS_AGAIN


def test_without_a_secret_that_opens_there_is_no_credential(runtime: Runtime, upstream: Upstream, acme: str):
    assert not isinstance(choosing.choose(runtime, Actors.uma), Refusal)
    with transaction() as session:
        session.execute(text("UPDATE provider_headers SET destination = 'https://elsewhere:443' WHERE secret"))
        session.execute(text("UPDATE catalog_state SET version = version + 1"))
    assert isinstance(choosing.choose(runtime, Actors.uma), Refusal)


def test_a_form_that_is_not_saved_sends_what_is_typed_and_what_is_stored_for_there(
    runtime: Runtime, upstream, acme: str
):
    form, _ = provider_registry.read_draft(ADA, acme)
    typed = Draft(**{**vars(form), "test_model": "gpt-5.2"})
    draft_checks.check_draft(ADA, runtime, typed, acme)
    assert sent(upstream) == {"x-tenant": "acme", "x-gate": CANARY}
    draft_checks.check_draft(ADA, runtime, draft(upstream, name="new", headers=(TypedHeader("X-Tenant", "else"),)))
    assert sent(upstream) == {"x-tenant": "else"}


def test_other_types_have_no_headers(runtime: Runtime, upstream: Upstream):
    connect(ADA, runtime, upstream, type="vllm", name="rack", headers=(PLAIN,))
    with reading() as session:
        assert session.scalars(select(ProviderHeaderRecord)).all() == []


def test_the_trail_names_what_changed_and_no_value(runtime: Runtime, acme: str):
    change(runtime, acme, headers=(PLAIN, TypedHeader("X-Gate", "another-secret", secret=True)))
    with reading() as session:
        newest = session.scalars(select(AuditRecord).order_by(AuditRecord.seq.desc())).first()
    assert newest.after["headers"] == "X-Gate"
    assert "another-secret" not in repr(newest.after)


def test_deleting_a_provider_deletes_its_headers(runtime: Runtime, acme: str):
    provider_registry.delete(ADA, runtime, acme)
    with reading() as session:
        assert session.scalars(select(ProviderHeaderRecord)).all() == []


def test_a_moved_encrypted_value_does_not_open(runtime: Runtime, upstream: Upstream, acme: str):
    connect(ADA, runtime, upstream, name="other", headers=(TypedHeader("X-Gate", "mine", secret=True),))
    with transaction() as session:
        mine, other = session.scalars(select(ProviderHeaderRecord).where(ProviderHeaderRecord.secret)).all()
        mine.encrypted, other.encrypted = other.encrypted, mine.encrypted
    for name in (acme, "other"):
        with reading() as session:
            provider_id = stored_providers.find(session, name).id
        with pytest.raises(endpoints.UpstreamError):
            endpoints.resolve(runtime, provider_id)
