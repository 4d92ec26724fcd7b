"""Tests of connections over a real socket: what they find, what they leave behind, and whose verdict they colour."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from portal.dialects.base import Limits
from portal.domain import language_models as models_domain
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.faults import SENTENCES, Category
from portal.domain.health import CHANGED_SINCE, NEVER_TESTED, Level, Outcome, verdict_of
from portal.services.health import checks
from portal.services.health import days as health_days
from portal.services.health import history as check_history
from portal.services.health.history import CheckFilter, CheckView
from portal.services.providers import detail as provider_detail
from portal.services.providers import draft_checks
from portal.services.providers import listing as provider_listing
from portal.services.providers import registry as provider_registry
from portal.services.runtime import Runtime
from portal.store import check_days
from portal.store import health as store
from portal.store.base import reading, transaction
from portal.store.health import CheckRecord, Choices
from tests.conftest import CANARY, Actors
from tests.connecting import KEY, connect, draft, replace_key
from tests.counting import queries
from tests.upstream import Upstream, steps
from tests.waiting import PATIENCE

CHAT = "/v1/chat/completions"


def verdict(runtime: Runtime, name: str = "acme") -> provider_listing.Verdict:
    return next(row.verdict for row in provider_listing.list_for(Actors.ada, runtime).rows if row.name == name)


def check(runtime: Runtime, name: str = "acme", **more: object) -> CheckView:
    return checks.check_saved(Actors.ada, runtime, name, **more)  # type: ignore[arg-type]


def all_checks() -> list[CheckRecord]:
    with reading() as session:
        return list(session.scalars(select(CheckRecord).order_by(CheckRecord.at)))


def plant(number: int, **columns: object) -> list[UUID]:
    """Checks a minute apart, the newest one just now."""
    now = datetime.now(UTC)
    told: dict[str, object] = {
        "actor": "Ada Marsh",
        "about": "provider",
        "counts": True,
        "provider_name": "acme",
        "provider_type": "openai_compatible",
        "outcome": "ok",
        "category": "ok",
        "latency_ms": 200,
        "model": "gpt-5.2",
    } | columns
    records = [CheckRecord(**({"id": uuid4(), "at": now - timedelta(minutes=place)} | told)) for place in range(number)]
    with transaction() as session:
        session.add_all(records)
    return [record.id for record in records]


def plant_in_line(provider_id: UUID, at: datetime, category: str) -> None:
    """A check that is counted in its day and goes on in its row, as one that was really made."""
    ok = category == "ok"
    check = CheckRecord(
        id=uuid4(),
        at=at,
        about="provider",
        counts=True,
        provider_id=provider_id,
        provider_name="acme",
        outcome="ok" if ok else "failed",
        category=category,
        latency_ms=200 if ok else None,
    )
    with transaction() as session:
        store.add(session, check, store.newest_of(session, provider_id))
        check_days.tally(session, provider_id, at.date(), verdict_of(Category(category)).level, check.latency_ms)


class TestWhatATestFinds:
    def test_an_answer_is_ok_and_every_column_is_kept(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"], reports="gpt-5.2-2026-10-01") as up:
            connect(Actors.ada, runtime, up)
            found = check(runtime, model="gpt-5.2")
            assert (found.outcome, found.category, found.status) == (Outcome.OK, Category.OK, 200)
            assert found.reported_model == "gpt-5.2-2026-10-01"
            assert found.url == f"{up.url}{CHAT}"
            body = up.requests[0].json
            assert body.get("max_tokens", body.get("max_completion_tokens")) in (1, 16)
        (record,) = all_checks()
        assert (record.actor, record.actor_id, record.about, record.counts) == (
            "Ada Marsh",
            Actors.ada.id,
            "provider",
            True,
        )
        assert (record.provider_name, record.provider_type, record.key_source) == (
            "acme",
            "openai_compatible",
            "shared",
        )
        assert len(record.fingerprint) == 8
        assert record.latency_ms is not None
        assert record.request_id
        doing = [step for step, _ in record.steps]
        assert doing == ["connecting", "waiting for the answer", "reading the answer"]
        assert found.steps == tuple((step, took) for step, took in record.steps)
        assert verdict(runtime).level is Level.GOOD

    FAULTS = (
        (Category.AUTH, steps.respond(401, json={"error": {"message": "no", "code": "invalid_api_key"}})),
        (
            Category.PERMISSION,
            steps.respond(403, json={"error": {"message": "no", "code": "insufficient_permissions"}}),
        ),
        (Category.ENDPOINT, steps.respond(404, text="404 page not found")),
        (Category.HTML, steps.html()),
        (Category.SHAPE, steps.respond(json={"models": []})),
        (Category.BILLING, steps.respond(429, json={"error": {"message": "no", "code": "insufficient_quota"}})),
        (Category.RATE_LIMIT, steps.respond(429, json={"error": {"message": "slow down"}})),
        (Category.SERVER, steps.respond(500, json={"error": {"message": "oops"}})),
        (Category.REJECTED, steps.respond(400, json={"error": {"message": "no such thing"}})),
        (Category.CONNECT, steps.disconnect()),
    )

    @pytest.mark.parametrize(("category", "step"), FAULTS, ids=[category for category, _ in FAULTS])
    def test_a_fault_is_said_in_its_sentence_and_colours_the_provider(
        self, runtime: Runtime, upstream: Upstream, category: Category, step: steps.Step
    ):
        upstream.script(step, path=CHAT)
        connect(Actors.ada, runtime, upstream, label="Acme")
        found = check(runtime, model="gpt-5.2")
        assert found.category is category
        assert found.outcome is Outcome.FAILED
        told = re.sub(r"the key [0-9a-f]{4} [0-9a-f]{4}", "this key", found.sentence)
        assert told == SENTENCES[category].format(provider="Acme")
        assert verdict(runtime) == found.verdict
        assert verdict(runtime).level in (Level.BAD, Level.ATTENTION)

    def test_a_refused_port_and_a_forbidden_address_are_told_apart(self, runtime: Runtime, upstream: Upstream):
        upstream.refuse()
        connect(Actors.ada, runtime, upstream)
        connect(Actors.ada, runtime, "http://169.254.169.254/v1", name="metadata")
        assert check(runtime, model="m").category is Category.CONNECT
        assert check(runtime, "metadata", model="m").category is Category.EGRESS

    def test_a_bad_certificate_is_told(self, runtime: Runtime):
        with Upstream("self_signed") as up:
            connect(Actors.ada, runtime, up)
            assert check(runtime, model="m").category is Category.TLS

    def test_silence_ends_after_the_time_that_a_test_may_take(self, runtime: Runtime, upstream: Upstream):
        upstream.script(steps.silence())
        connect(Actors.ada, runtime, upstream)
        assert check(runtime, model="m", patience=Limits(connect=0.3, read=0.3, total=0.3)).category is Category.TIMEOUT

    def test_a_model_that_is_not_there_is_not_held_against_the_provider(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            connect(Actors.ada, runtime, up)
            check(runtime, model="gpt-5.2")
            found = check(runtime, model="gpt-9")
            assert found.category is Category.MODEL_NOT_FOUND
            assert not found.counts
            assert verdict(runtime).level is Level.GOOD

    def test_an_echoed_key_is_never_kept(self, runtime: Runtime, upstream: Upstream):
        upstream.script(steps.respond(401, json={"error": {"message": f"Incorrect API key provided: {CANARY}"}}))
        connect(Actors.ada, runtime, upstream, key=CANARY)
        found = check(runtime, model="m")
        assert CANARY not in repr(found)
        assert CANARY not in "".join(str(vars(record)) for record in all_checks())

    def test_the_demo_answers_without_a_key_and_without_a_network(self, runtime: Runtime):
        connect(Actors.ada, runtime, "demo:", type="demo", key="")
        assert check(runtime).outcome is Outcome.OK
        assert verdict(runtime).level is Level.GOOD


class TestWhichModel:
    def asked(self, up: Upstream) -> str:
        return next(request.json["model"] for request in reversed(up.requests) if request.method == "POST")

    def test_the_forms_then_the_default_then_the_first_published(self, runtime: Runtime):
        with Upstream.openai(key=KEY) as up:
            models = [models_domain.Draft("wire-one", name="one"), models_domain.Draft("wire-two", name="two")]
            provider_registry.register(Actors.ada, runtime, draft(up), models)
            check(runtime)
            assert self.asked(up) == "wire-one"
            form, seen = provider_registry.read_draft(Actors.ada, "acme")
            provider_registry.change(Actors.ada, runtime, "acme", replace(form, default_model="two"), seen)
            check(runtime)
            assert self.asked(up) == "wire-two"
            check(runtime, model="wire-three")
            assert self.asked(up) == "wire-three"

    def test_none_at_all_is_asked_for_before_any_call(self, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream, test_model="")
        found = check(runtime)
        assert (found.category, found.outcome) == (Category.NEED_MODEL, Outcome.NOT_TESTABLE)
        assert not upstream.requests
        assert verdict(runtime) == NEVER_TESTED


class TestUnsavedForms:
    def test_a_form_is_tested_with_the_typed_key_and_colours_nobody(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            found, prepared = draft_checks.check_draft(Actors.otto, runtime, draft(f"{up.url}/v1/chat/completions"))
            assert (found.outcome, found.about, found.key_source) == (Outcome.OK, "form", "typed")
            assert prepared.base_url == f"{up.url}/v1"
            assert prepared.notices
        (record,) = all_checks()
        assert (record.provider_id, record.counts) == (None, False)

    def test_a_good_form_does_not_make_a_saved_provider_green(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            connect(Actors.ada, runtime, up)
            draft_checks.check_draft(Actors.ada, runtime, draft(up), "acme")
            draft_checks.check_draft(Actors.ada, runtime, draft(up, key=""), "acme")
            assert verdict(runtime) == NEVER_TESTED

    def test_the_stored_key_serves_a_form_with_the_stored_destination(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            connect(Actors.ada, runtime, up)
            found, _ = draft_checks.check_draft(Actors.ada, runtime, draft(f"{up.url}/v1", key=""), "acme")
            assert (found.outcome, found.key_source) == (Outcome.OK, "shared")

    def test_the_stored_key_never_serves_another_destination(self, runtime: Runtime, upstream: Upstream):
        with Upstream.openai(key=KEY) as home:
            connect(Actors.ada, runtime, home)
            found, _ = draft_checks.check_draft(Actors.ada, runtime, draft(upstream, key=""), "acme")
            assert found.key_source == "none"
            assert upstream.requests
            assert all(KEY not in str(request) for request in upstream.requests)

    def test_where_a_key_is_required_the_form_says_why_it_is_needed_again(self, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, "https://api.openai.com/v1", type="openai")
        found, _ = draft_checks.check_draft(Actors.ada, runtime, draft(upstream, type="openai", key=""), "acme")
        assert (found.category, found.hint) == (Category.NEED_KEY, draft_checks.STAYS_HOME)
        assert not upstream.requests

    @pytest.mark.parametrize(
        ("changes", "category"),
        [
            ({"type": "openai", "key": ""}, Category.NEED_KEY),
            ({"base_url": ""}, Category.NEED_URL),
            ({"test_model": ""}, Category.NEED_MODEL),
        ],
    )
    def test_what_is_missing_is_said_before_any_call(
        self, runtime: Runtime, upstream: Upstream, changes: dict[str, str], category: Category
    ):
        found, _ = draft_checks.check_draft(Actors.ada, runtime, replace(draft(upstream), **changes))
        assert (found.category, found.outcome) == (category, Outcome.NOT_TESTABLE)
        assert found.sentence == SENTENCES[category].format(provider=found.type_label)
        assert found.hint
        assert not upstream.requests

    def test_a_key_that_cannot_be_one_is_a_fault_of_its_field(self, runtime: Runtime, upstream: Upstream):
        with pytest.raises(Invalid) as caught:
            draft_checks.check_draft(Actors.ada, runtime, draft(upstream, key="“sk-1”"))
        assert set(caught.value.faults) == {"key"}
        assert not upstream.requests

    def test_models_are_listed_before_anything_is_saved(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2", "gpt-5.2-mini"]) as up:
            found, _ = draft_checks.discover_draft(Actors.otto, runtime, draft(up))
            assert [row.wire_name for row in found.rows] == ["gpt-5.2", "gpt-5.2-mini"]
            refused, _ = draft_checks.discover_draft(Actors.otto, runtime, draft(up, key="sk-wrong"))
            assert refused.fault
            assert refused.fault.category is Category.AUTH

    def test_one_may_only_test_a_form_that_one_may_save(self, runtime: Runtime, upstream: Upstream):
        tester = replace(
            Actors.otto,
            permissions=Actors.otto.permissions - {checks.Permission.PROVIDER_CREATE, checks.Permission.PROVIDER_EDIT},
        )
        connect(Actors.ada, runtime, upstream)
        for saved in ("", "acme"):
            with pytest.raises(Denied):
                draft_checks.check_draft(tester, runtime, draft(upstream), saved)
            with pytest.raises(Denied):
                draft_checks.discover_draft(tester, runtime, draft(upstream), saved)
        checks.check_saved(tester, runtime, "acme", model="m")


class TestWhoseVerdict:
    def test_a_new_key_is_untested_however_green_the_old_one_was(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            connect(Actors.ada, runtime, up)
            check(runtime, model="gpt-5.2")
            assert verdict(runtime).level is Level.GOOD
            replace_key(Actors.ada, runtime, "acme", "sk-untested")
            assert verdict(runtime) == CHANGED_SINCE
            check(runtime, model="gpt-5.2")
            assert verdict(runtime).word == "Key refused"

    def test_a_changed_variable_of_the_environment_is_untested_too(self, runtime: Runtime):
        first = replace(runtime, environment={"OPENAI_API_KEY": "sk-first"})
        connect(Actors.ada, first, "https://api.openai.com/v1", type="openai", key="")
        provider_id = provider_detail.read_detail(Actors.ada, first, "acme").id
        plant(
            1,
            provider_id=provider_id,
            at=datetime.now(UTC) + timedelta(seconds=1),
            key_source="environment",
            fingerprint=provider_listing.list_for(Actors.ada, first).rows[0].key.fingerprint,
        )
        assert verdict(first).level is Level.GOOD
        assert verdict(replace(runtime, environment={"OPENAI_API_KEY": "sk-second"})) == CHANGED_SINCE

    def test_a_test_during_which_the_provider_was_changed_is_not_credited(self, app, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
            connect(Actors.ada, runtime, up)
            asked, go = threading.Event(), threading.Event()

            def slowly(exchange) -> None:
                asked.set()
                exchange.wait(go)
                steps.respond(
                    json={
                        "model": "gpt-5.2",
                        "choices": [{"message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
                    }
                )(exchange)

            up.script(slowly, path=CHAT)
            found: list[CheckView] = []

            def run() -> None:
                with app.app_context():
                    found.append(check(runtime, model="gpt-5.2"))

            thread = threading.Thread(target=run)
            thread.start()
            assert asked.wait(PATIENCE)
            replace_key(Actors.otto, runtime, "acme", "sk-changed-meanwhile")
            go.set()
            thread.join()
            assert found[0].outcome is Outcome.OK
            assert not found[0].counts
            assert verdict(runtime) == NEVER_TESTED

    def test_a_provider_deleted_during_its_test_does_not_break_it(self, app, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream)

        def gone(exchange) -> None:
            with app.app_context():
                provider_registry.delete(Actors.ada, runtime, "acme")
            steps.respond(500)(exchange)

        upstream.script(gone, path=CHAT)
        found = check(runtime, model="m")
        assert not found.counts

    def test_a_check_of_a_provider_that_is_gone_is_404(self, runtime: Runtime):
        with pytest.raises(NotFound):
            check(runtime, "nowhere")


class TestReading:
    def test_pages_follow_each_other_and_lead_back(self, runtime: Runtime):
        ids = plant(7)
        first = check_history.list_checks(Actors.ada, CheckFilter(), size=3)
        assert [view.id for view in first.checks] == ids[:3]
        assert first.newer == ""
        second = check_history.list_checks(Actors.ada, CheckFilter(), before=first.older, size=3)
        assert [view.id for view in second.checks] == ids[3:6]
        third = check_history.list_checks(Actors.ada, CheckFilter(), before=second.older, size=3)
        assert [view.id for view in third.checks] == ids[6:]
        assert third.older == ""
        back = check_history.list_checks(Actors.ada, CheckFilter(), after=third.newer, size=3)
        assert [view.id for view in back.checks] == ids[3:6]
        start = check_history.list_checks(Actors.ada, CheckFilter(), after=back.newer, size=3)
        assert ([view.id for view in start.checks], start.newer) == (ids[:3], "")

    def test_checks_of_one_moment_are_paged_by_id(self, runtime: Runtime):
        plant(5, at=datetime.now(UTC))
        seen: list[UUID] = []
        cursor = ""
        while True:
            page = check_history.list_checks(Actors.ada, CheckFilter(), before=cursor, size=2)
            seen += [view.id for view in page.checks]
            cursor = page.older
            if not cursor:
                break
        assert len(seen) == len(set(seen)) == 5

    @pytest.mark.parametrize("cursor", ["nonsense", "2026-11-20T00:00:00~x", "~", "2026-11-20T00:00:00+00:00~1"])
    def test_a_cursor_that_cannot_be_read_gives_the_newest(self, runtime: Runtime, cursor: str):
        plant(2)
        assert len(check_history.list_checks(Actors.ada, CheckFilter(), before=cursor).checks) == 2

    def test_filters_hold_together(self, runtime: Runtime):
        plant(2)
        plant(1, provider_name="other", actor="Otto Lind", outcome="failed", category="auth", model="claude-5")
        plant(1, scheduled=True, actor="schedule", at=datetime.now(UTC) - timedelta(days=2))
        now = datetime.now(UTC)

        def total(**wanted: object) -> int:
            return len(check_history.list_checks(Actors.ada, CheckFilter(**wanted)).checks)  # type: ignore[arg-type]

        assert total() == 4
        assert total(provider="other") == 1
        assert total(outcome="failed") == 1
        assert total(category="auth") == 1
        assert total(actor="Otto Lind") == 1
        assert total(actor="schedule") == 1
        assert total(model="CLAUDE") == 1
        assert total(model="%") == 0
        assert total(since=now - timedelta(days=1)) == 3
        assert total(until=now - timedelta(days=1)) == 1
        assert total(provider="acme", outcome="failed") == 0
        page = check_history.list_checks(Actors.ada, CheckFilter())
        assert page.choices == Choices(("acme", "other"), ("Ada Marsh", "Otto Lind"), ("claude-5", "gpt-5.2"))

    def test_an_opened_check_says_how_many_in_a_row_ended_like_it(self, runtime: Runtime):
        provider_id = uuid4()
        now = datetime.now(UTC)
        for minutes, category in ((5, "auth"), (4, "ok"), (3, "auth"), (2, "auth"), (1, "auth")):
            plant_in_line(provider_id, now - timedelta(minutes=minutes), category)
        newest = check_history.list_checks(Actors.ada, CheckFilter()).checks[0]
        opened = check_history.list_checks(Actors.ada, CheckFilter(), open_id=newest.id).opened
        assert opened
        assert (opened.in_a_row, opened.since) == (3, now - timedelta(minutes=3))
        assert opened.id == newest.id

    def test_the_export_holds_everything_that_fits(self, runtime: Runtime):
        plant(5)
        plant(2, outcome="failed", category="dns")
        assert len(list(check_history.export_checks(Actors.ada, CheckFilter()))) == 7
        assert len(list(check_history.export_checks(Actors.ada, CheckFilter(outcome="failed")))) == 2

    def test_days_and_latencies_tell_the_past(self, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream)
        provider_id = provider_detail.read_detail(Actors.ada, runtime, "acme").id
        today = datetime.now(UTC).replace(hour=12)
        for days, category in ((0, "ok"), (1, "ok"), (1, "rate_limit"), (2, "auth"), (2, "ok"), (200, "auth")):
            plant_in_line(provider_id, today - timedelta(days=days), category)
        past = provider_detail.read_detail(Actors.ada, runtime, "acme").past
        assert len(past.days) == health_days.STRIP_DAYS
        assert past.days[-3:] == (Level.BAD, Level.ATTENTION, Level.GOOD)
        assert past.days[0] is Level.UNKNOWN
        assert sorted(past.latencies, key=str) == [200, 200, 200, None, None]

    def test_reading_asks_as_often_for_many_as_for_few(self, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream)
        provider_id = provider_detail.read_detail(Actors.ada, runtime, "acme").id

        def cost() -> tuple[int, int]:
            with queries() as listing:
                check_history.list_checks(Actors.ada, CheckFilter())
            with queries() as detail:
                provider_detail.read_detail(Actors.ada, runtime, "acme")
            return len(listing), len(detail)

        plant(2, provider_id=provider_id)
        few = cost()
        plant(120, provider_id=provider_id)
        assert cost() == few

    def test_uma_and_eve_read_no_checks(self, runtime: Runtime):
        (check_id,) = plant(1)
        for who in (Actors.uma, Actors.eve):
            with pytest.raises(Denied):
                check_history.list_checks(who, CheckFilter())
            with pytest.raises(Denied):
                check_history.read_check(who, check_id)
            with pytest.raises(Denied):
                check_history.export_checks(who, CheckFilter())
        assert len(check_history.list_checks(Actors.otto, CheckFilter()).checks) == 1

    def test_a_check_outlives_its_provider(self, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream)
        check(runtime, model="m")
        provider_registry.delete(Actors.ada, runtime, "acme")
        (view,) = check_history.list_checks(Actors.ada, CheckFilter(provider="acme")).checks
        assert view.url.startswith(upstream.url)
        with transaction() as session:
            session.execute(delete(CheckRecord))
        with pytest.raises(NotFound):
            check_history.read_check(Actors.ada, view.id)
