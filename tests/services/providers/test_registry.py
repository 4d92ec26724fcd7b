"""Connecting, changing and deleting providers, down to what the database holds afterwards."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text

from portal.domain import language_models as models_domain
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.health import KeyStatus
from portal.domain.versions import Outdated
from portal.services.health import checks
from portal.services.keys import pools as key_pools
from portal.services.providers import detail as provider_detail
from portal.services.providers import draft_checks
from portal.services.providers import listing as provider_listing
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.providers.listing import Tab
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store.audit import AuditRecord
from portal.store.base import db, reading
from portal.store.catalog import newest
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.conftest import CANARY, Actors
from tests.connecting import KEY, connect, delete_key, draft, replace_key
from tests.counting import queries
from tests.upstream import Upstream

HERE = "http://127.0.0.1:9/v1"


def stored(name: str = "acme") -> ProviderRecord:
    with reading() as session:
        return session.scalars(select(ProviderRecord).where(ProviderRecord.name == name)).one()


def count(record: type) -> int:
    with reading() as session:
        return len(session.scalars(select(record)).all())


def edited(name: str = "acme") -> tuple[Draft, str]:
    return provider_registry.read_draft(Actors.ada, name)


class TestConnecting:
    def test_a_provider_is_saved_with_its_key_encrypted_and_its_models(self, runtime: Runtime):
        models = [models_domain.Draft("gpt-5.2"), models_domain.Draft("gpt-5.2-mini", context_limit=64_000)]
        saved = provider_registry.register(Actors.otto, runtime, draft(HERE, label="Acme", key=CANARY), models)
        assert (saved.name, saved.label, saved.models) == ("acme", "Acme", 2)
        provider = stored()
        assert provider.destination == "http://127.0.0.1:9"
        with reading() as session:
            key = session.scalars(select(SharedKeyRecord)).one()
            assert key.provider_id == provider.id
            assert CANARY not in key.encrypted
            assert {row.verb for row in session.scalars(select(AuditRecord))} >= {
                "provider.create",
                "key.add",
                "model.publish",
                "model.default",
            }

    def test_the_first_model_of_an_empty_portal_becomes_the_default(self, runtime: Runtime):
        provider_registry.register(
            Actors.ada, runtime, draft(HERE), [models_domain.Draft("a"), models_domain.Draft("b")]
        )
        provider_registry.register(Actors.ada, runtime, draft(HERE, name="second"), [models_domain.Draft("c")])
        with reading() as session:
            state = session.get(CatalogStateRecord, 1)
            assert session.get(LanguageModelRecord, state.default_id).name == "a"

    def test_without_a_choice_the_types_own_models_are_published(self, runtime: Runtime):
        saved = provider_registry.register(Actors.ada, runtime, Draft("demo", name="demo", base_url="demo:"))
        assert saved.models == 2
        assert saved.label == "Demo"
        assert not isinstance(choosing.choose(runtime, Actors.uma), choosing.Refusal)

    def test_a_connected_provider_raises_the_catalogs_version(self, runtime: Runtime):
        before = newest().version
        connect(Actors.ada, runtime, HERE)
        assert newest().version > before

    def test_a_name_is_used_once_and_free_again_after_deletion(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        with pytest.raises(Invalid) as caught:
            connect(Actors.ada, runtime, HERE)
        assert "already" in caught.value.faults["name"]
        provider_registry.delete(Actors.ada, runtime, "acme")
        assert connect(Actors.ada, runtime, HERE) == "acme"

    def test_of_two_who_connect_the_same_name_at_once_one_is_told(self, app, runtime: Runtime):
        start, outcomes = Barrier(2), []

        def run() -> None:
            with app.app_context():
                start.wait()
                try:
                    outcomes.append(connect(Actors.ada, runtime, HERE))
                except Invalid as invalid:
                    outcomes.append(invalid)

        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(isinstance(outcome, Invalid) for outcome in outcomes) == [False, True]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"type": "nonsense"}, "type"),
            ({"name": "Not Good"}, "name"),
            ({"name": "auto"}, "name"),
            ({"label": "x" * 121}, "label"),
            ({"base_url": ""}, "base_url"),
            ({"base_url": "localhost:8000"}, "base_url"),
            ({"base_url": "ftp://127.0.0.1/v1"}, "base_url"),
            ({"base_url": "http://user:pass@127.0.0.1/v1"}, "base_url"),
            ({"base_url": "http://127.0.0.1:8000/v1"}, "base_url"),
            ({"base_url": "http://localhost:8000/v1"}, "base_url"),
            ({"key": " sk-1"}, "key"),
            ({"key": "sk-\n1"}, "key"),
            ({"key": "sk-–1"}, "key"),
            ({"key": "x" * 10_241}, "key"),
            ({"connect_timeout": 0.0}, "connect_timeout"),
            ({"read_timeout": float("nan")}, "read_timeout"),
            ({"default_model": "x" * 201}, "default_model"),
        ],
    )
    def test_what_cannot_be_used_is_named_by_field_and_nothing_is_saved(
        self, runtime: Runtime, changes: dict[str, object], field: str
    ):
        with pytest.raises(Invalid) as caught:
            connect(Actors.ada, runtime, HERE, **changes)
        assert set(caught.value.faults) == {field}
        assert count(ProviderRecord) == 0
        assert count(SharedKeyRecord) == 0

    def test_the_portals_public_address_is_refused(self, runtime: Runtime):
        public = replace(runtime, settings=replace(runtime.settings, public_url="https://portal.example.org"))
        with pytest.raises(Invalid) as caught:
            connect(Actors.ada, public, "https://portal.example.org/v1")
        assert "own address" in caught.value.faults["base_url"]

    def test_a_required_key_that_is_missing_is_asked_for(self, runtime: Runtime):
        with pytest.raises(Invalid) as caught:
            connect(Actors.ada, runtime, "https://api.openai.com/v1", type="openai", key="")
        assert set(caught.value.faults) == {"key"}

    def test_a_key_of_the_environment_is_enough_and_is_never_stored(self, runtime: Runtime):
        there = replace(runtime, environment={"OPENAI_API_KEY": CANARY})
        connect(Actors.ada, there, "https://api.openai.com/v1", type="openai", key="")
        line = provider_listing.list_for(Actors.ada, there).rows[0].key
        assert (line.status, line.variable) == (KeyStatus.ENVIRONMENT, "OPENAI_API_KEY")
        assert count(SharedKeyRecord) == 0
        with pytest.raises(Invalid):
            connect(Actors.ada, there, HERE, type="openai", name="elsewhere", key="")

    def test_what_a_type_asks_for_is_kept_and_what_it_does_not_know_is_not(self, runtime: Runtime):
        typed = {"organization": "org-1", "project": " ", "colour": "red"}
        connect(Actors.ada, runtime, "https://api.openai.com/v1", type="openai", settings=typed)
        assert stored().settings == {"organization": "org-1"}
        with pytest.raises(Invalid) as caught:
            connect(Actors.ada, runtime, HERE, type="openai", name="b", settings={"organization": "a\r\nX: y"})
        assert set(caught.value.faults) == {"setting_organization"}

    def test_a_pasted_address_is_cut_back_and_completed_with_a_notice(self, runtime: Runtime):
        saved = provider_registry.register(
            Actors.ada, runtime, draft("https://api.openai.com/v1/chat/completions", type="openai", name="a")
        )
        assert (stored("a").base_url, len(saved.notices)) == ("https://api.openai.com/v1", 1)
        saved = provider_registry.register(
            Actors.ada, runtime, draft("http://127.0.0.1:11434", type="ollama", name="b", key="")
        )
        assert (stored("b").base_url, len(saved.notices)) == ("http://127.0.0.1:11434/v1", 1)

    def test_a_model_that_cannot_be_published_saves_nothing(self, runtime: Runtime):
        with pytest.raises(Invalid) as caught:
            provider_registry.register(
                Actors.ada, runtime, draft(HERE), [models_domain.Draft("good"), models_domain.Draft(" ")]
            )
        assert set(caught.value.faults) == {"models"}
        assert count(ProviderRecord) == 0


class TestChanging:
    def test_a_changed_field_is_saved_and_told_to_the_audit_trail(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        form, seen = edited()
        provider_registry.change(
            Actors.otto, runtime, "acme", replace(form, label="Acme Europe", read_timeout=60), seen
        )
        assert (stored().label, stored().read_timeout) == ("Acme Europe", 60)
        with reading() as session:
            row = session.scalars(select(AuditRecord).where(AuditRecord.verb == "provider.change")).one()
            assert set(row.after) == {"label", "read timeout"}

    def test_a_second_administrators_change_is_not_overwritten_in_silence(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        form, seen = edited()
        provider_registry.change(Actors.otto, runtime, "acme", replace(form, label="Otto’s", default_model="m"), seen)
        with pytest.raises(Outdated) as caught:
            provider_registry.change(Actors.ada, runtime, "acme", replace(form, label="Ada’s"), seen)
        assert caught.value.now == {"label": "Stored now: “Otto’s”.", "default_model": "Stored now: “m”."}
        assert stored().label == "Otto’s"
        provider_registry.change(Actors.ada, runtime, "acme", replace(form, label="Ada’s"), caught.value.version)
        assert stored().label == "Ada’s"

    def test_a_new_host_needs_the_key_again_and_the_stored_one_never_goes_there(
        self, runtime: Runtime, upstream: Upstream
    ):
        connect(Actors.ada, runtime, upstream)
        form, seen = edited()
        with Upstream.openai() as elsewhere:
            saved = provider_registry.change(
                Actors.ada, runtime, "acme", replace(form, base_url=f"{elsewhere.url}/v1", type=form.type), seen
            )
            assert saved.needs_key_again
            detail = provider_detail.read_detail(Actors.ada, runtime, "acme")
            assert detail.key.status is KeyStatus.NEEDS_AGAIN
            check = checks.check_saved(Actors.ada, runtime, "acme", model="m")
            assert all(KEY not in str(request.headers) for request in elsewhere.requests)
            assert check.key_source == "none"

    def test_back_at_the_old_host_the_key_fits_again(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        form, seen = edited()
        provider_registry.change(Actors.ada, runtime, "acme", replace(form, base_url="http://127.0.0.2:9/v1"), seen)
        form, seen = edited()
        provider_registry.change(Actors.ada, runtime, "acme", replace(form, base_url=HERE), seen)
        assert provider_listing.list_for(Actors.ada, runtime).rows[0].key.status is KeyStatus.CONFIGURED

    def test_a_key_typed_with_the_new_address_is_encrypted_for_it(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        form, seen = edited()
        saved = provider_registry.change(
            Actors.ada, runtime, "acme", replace(form, base_url="http://127.0.0.2:9/v1", key="sk-new"), seen
        )
        assert not saved.needs_key_again
        assert provider_listing.list_for(Actors.ada, runtime).rows[0].key.status is KeyStatus.CONFIGURED
        assert count(SharedKeyRecord) == 1

    def test_a_blank_key_keeps_the_stored_one(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        form, seen = edited()
        provider_registry.change(Actors.ada, runtime, "acme", replace(form, label="x"), seen)
        assert provider_listing.list_for(Actors.ada, runtime).rows[0].key.status is KeyStatus.CONFIGURED

    def test_a_label_alone_leaves_the_verdict_alone(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        before = stored().proven_from
        form, seen = edited()
        provider_registry.change(Actors.ada, runtime, "acme", replace(form, label="x", read_timeout=10.0), seen)
        assert stored().proven_from == before
        form, seen = edited()
        provider_registry.change(Actors.ada, runtime, "acme", replace(form, base_url="http://127.0.0.1:9/v2"), seen)
        assert stored().proven_from > before

    def test_the_type_stays(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        form, seen = edited()
        with pytest.raises(Invalid):
            provider_registry.change(Actors.ada, runtime, "acme", replace(form, type="vllm"), seen)

    def test_the_page_of_a_moved_encrypted_key_says_that_it_is_needed_again(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, name="a")
        connect(Actors.ada, runtime, HERE, name="b", key="sk-other")
        with db.engine.begin() as connection:
            (first, second) = connection.execute(text("SELECT sealed FROM shared_keys ORDER BY created_at")).scalars()
            connection.execute(text("UPDATE shared_keys SET sealed = :s WHERE sealed = :t"), {"s": first, "t": second})
        statuses = {name: provider_detail.read_detail(Actors.ada, runtime, name).key.status for name in "ab"}
        assert statuses == {"a": KeyStatus.CONFIGURED, "b": KeyStatus.NEEDS_AGAIN}


class TestKeysAndSwitches:
    def test_a_replaced_key_takes_the_verdict_back(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        before = stored().proven_from
        replace_key(Actors.otto, runtime, "acme", "sk-second")
        assert stored().proven_from > before
        assert count(SharedKeyRecord) == 1

    def test_a_removed_key_is_really_gone(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        key_id = delete_key(Actors.ada, runtime, "acme").key.id
        with reading() as session:
            assert session.scalars(select(SharedKeyRecord.encrypted)).all() == [""], (
                "a fingerprint, and nothing that opens"
            )
        with pytest.raises(NotFound):
            key_pools.delete_key(Actors.ada, runtime, "acme", key_id)

    def test_a_provider_that_is_off_serves_nobody_and_keeps_everything(self, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, Draft("demo", name="demo", base_url="demo:"))
        provider_registry.turn(Actors.otto, runtime, "demo", on=False)
        assert isinstance(choosing.choose(runtime, Actors.uma), choosing.Refusal)
        assert provider_listing.list_for(Actors.ada, runtime, tab=Tab.OFF).rows[0].models == 2
        provider_registry.turn(Actors.otto, runtime, "demo", on=True)
        assert not isinstance(choosing.choose(runtime, Actors.uma), choosing.Refusal)


class TestDeleting:
    def test_keys_go_for_good_models_and_provider_leave_tombstones_and_the_star_moves(self, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, draft(HERE), [models_domain.Draft("a")])
        provider_registry.register(Actors.ada, runtime, Draft("demo", name="demo", base_url="demo:"))
        lost = provider_registry.delete(Actors.ada, runtime, "acme")
        assert (lost.models, lost.keys) == (1, 1)
        assert count(SharedKeyRecord) == 0
        assert stored().deleted_at is not None
        with reading() as session:
            gone = session.scalars(select(LanguageModelRecord).where(LanguageModelRecord.name == "a")).one()
            assert gone.deleted_at is not None
            heir = session.get(LanguageModelRecord, session.get(CatalogStateRecord, 1).default_id)
            assert heir.name == "demo-small"
        with pytest.raises(NotFound):
            provider_detail.read_detail(Actors.ada, runtime, "acme")

    def test_the_last_provider_takes_the_default_with_it(self, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, draft(HERE), [models_domain.Draft("a")])
        provider_registry.delete(Actors.ada, runtime, "acme")
        with reading() as session:
            assert session.get(CatalogStateRecord, 1).default_id is None


class TestPermissions:
    def test_each_verb_asks_for_its_own_permission(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE)
        form, seen = edited()
        with pytest.raises(Denied):
            provider_registry.delete(Actors.otto, runtime, "acme")
        with pytest.raises(Denied):
            delete_key(Actors.otto, runtime, "acme")
        for nobody in (Actors.uma, Actors.eve):
            for verb in (
                lambda who: connect(who, runtime, HERE, name="b"),
                lambda who: provider_registry.change(who, runtime, "acme", form, seen),
                lambda who: replace_key(who, runtime, "acme", "sk-x"),
                lambda who: provider_registry.turn(who, runtime, "acme", on=False),
                lambda who: provider_listing.list_for(who, runtime),
                lambda who: provider_detail.read_detail(who, runtime, "acme"),
                lambda who: checks.check_saved(who, runtime, "acme"),
                lambda who: draft_checks.check_draft(who, runtime, draft(HERE)),
            ):
                with pytest.raises(Denied):
                    verb(nobody)


class TestTheList:
    def test_it_pages_and_searches(self, runtime: Runtime):
        for number in range(7):
            connect(Actors.ada, runtime, HERE, name=f"p{number}", label=f"Provider {number}")
        first = provider_listing.list_for(Actors.ada, runtime, size=3)
        assert [row.name for row in first.rows] == ["p0", "p1", "p2"]
        assert (first.total, first.newer, first.older) == (7, "", "p2")
        second = provider_listing.list_for(Actors.ada, runtime, size=3, after=first.older)
        assert [row.name for row in second.rows] == ["p3", "p4", "p5"]
        back = provider_listing.list_for(Actors.ada, runtime, size=3, before=second.newer)
        assert [row.name for row in back.rows] == ["p0", "p1", "p2"]
        assert [row.name for row in provider_listing.list_for(Actors.ada, runtime, search="provider 5").rows] == ["p5"]
        assert provider_listing.list_for(Actors.ada, runtime, search="100%").total == 0

    def test_it_asks_the_database_as_often_for_many_as_for_one(self, runtime: Runtime):
        connect(Actors.ada, runtime, HERE, name="p0")
        with queries() as few:
            provider_listing.list_for(Actors.ada, runtime)
        for number in range(1, 6):
            connect(Actors.ada, runtime, HERE, name=f"p{number}")
        with queries() as many:
            provider_listing.list_for(Actors.ada, runtime)
        assert len(many) == len(few) <= 8
