"""Checking providers by a schedule, at a scripted upstream: claims, what counts, what a worker leaves behind."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.domain.cooldown import READY
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.faults import Category
from portal.domain.health import CHANGED_SINCE, NEVER_TESTED, Level
from portal.domain.schedule import Plan, Probe, slot_after
from portal.services.audit import trail as audit_trail
from portal.services.health import checks, scheduled_checks, schedules
from portal.services.health import days as health_days
from portal.services.health.worker import Worker
from portal.services.language_models import discovery
from portal.services.providers import detail as provider_detail
from portal.services.providers import listing as provider_listing
from portal.services.providers import registry as provider_registry
from portal.services.runtime import Runtime
from portal.store.base import reading, transaction
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord
from portal.store.schedules import ScheduleRecord
from tests.conftest import Actors
from tests.connecting import KEY, connect, delete_key, keys_of, replace_key
from tests.upstream import Upstream, steps
from tests.waiting import PATIENCE, eventually, finished

MODELS = "/v1/models"
LIST, PING = Probe.LIST, Probe.PING


def later(runtime: Runtime, **by: float) -> Runtime:
    return replace(runtime, now=lambda: datetime.now(UTC) + timedelta(**by))


def plan_of(runtime: Runtime) -> Plan:
    (plan,) = scheduled_checks.plans(runtime)
    return plan


def check(runtime: Runtime, by: str = "one/1") -> scheduled_checks.CheckView | None:
    taken = scheduled_checks.take(runtime, plan_of(runtime), by)
    assert taken
    return scheduled_checks.carry_out(runtime, taken)


def stored() -> list[CheckRecord]:
    with reading() as session:
        return list(session.scalars(select(CheckRecord).order_by(CheckRecord.at)))


def held() -> list[str]:
    with reading() as session:
        return [by for by in session.scalars(select(ScheduleRecord.claimed_by)) if by]


def verdict(runtime: Runtime) -> provider_listing.Verdict:
    return provider_listing.list_for(Actors.ada, runtime).rows[0].verdict


@pytest.fixture
def openai() -> Iterator[Upstream]:
    with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
        yield up


@pytest.fixture
def acme(runtime: Runtime, openai: Upstream) -> str:
    """A provider that is checked every five minutes, and never was."""
    connect(Actors.ada, runtime, openai, default_model="gpt-5.2")
    schedules.change(Actors.ada, runtime, "acme", 5, LIST)
    return "acme"


@contextmanager
def working_with(app: Flask, runtime: Runtime, **more: int) -> Iterator[Worker]:
    worker = Worker(runtime, app.app_context, **more)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        finished(thread)


class TestSchedules:
    def test_it_is_off_until_somebody_turns_it_on_and_off_again(self, runtime: Runtime, openai: Upstream):
        connect(Actors.ada, runtime, openai)
        assert not schedules.read(Actors.ada, runtime, "acme").on
        assert scheduled_checks.plans(runtime) == []
        changed = schedules.change(Actors.otto, runtime, "acme", 5, LIST)
        assert (changed.minutes, changed.said, changed.free) == (5, "every 5 minutes, lists models", True)
        assert plan_of(runtime).interval == timedelta(minutes=5)
        assert not schedules.change(Actors.otto, runtime, "acme", None, LIST).on
        assert scheduled_checks.plans(runtime) == []
        page = audit_trail.list_for(Actors.ada, runtime, audit_trail.Filters(verb="provider.schedule"))
        assert [(entry.before, entry.after) for entry in page.entries] == [
            ({"checks": "every 5 minutes, lists models"}, {"checks": "off"}),
            ({"checks": "off"}, {"checks": "every 5 minutes, lists models"}),
        ]

    @pytest.mark.parametrize("minutes", [0.5, 0, -1, 10_081, 1e300, float("nan")])
    def test_an_interval_is_a_minute_at_least_and_a_week_at_most(self, runtime: Runtime, acme: str, minutes: float):
        with pytest.raises(Invalid, match="minutes"):
            schedules.change(Actors.ada, runtime, acme, minutes, LIST)

    def test_one_minute_is_enough(self, runtime: Runtime, acme: str):
        assert schedules.change(Actors.ada, runtime, acme, 1, PING).said == "every minute, asks for one token"

    def test_uma_and_eve_neither_see_nor_change_it(self, runtime: Runtime, acme: str):
        for who in (Actors.uma, Actors.eve):
            with pytest.raises(Denied):
                schedules.read(who, runtime, acme)
            with pytest.raises(Denied):
                schedules.change(who, runtime, acme, 5, LIST)
        with pytest.raises(NotFound):
            schedules.change(Actors.ada, runtime, "nowhere", 5, LIST)

    def test_what_is_off_or_deleted_is_not_checked(self, runtime: Runtime, acme: str):
        provider_registry.turn(Actors.ada, runtime, acme, on=False)
        assert scheduled_checks.plans(runtime) == []
        provider_registry.turn(Actors.ada, runtime, acme, on=True)
        plan = plan_of(runtime)
        provider_registry.delete(Actors.ada, runtime, acme)
        assert scheduled_checks.plans(runtime) == []
        assert scheduled_checks.take(runtime, plan, "one/1") is None

    def test_a_check_that_nobody_makes_is_noticed(self, runtime: Runtime, acme: str):
        assert not schedules.read(Actors.ada, runtime, acme).unwatched
        assert schedules.read(Actors.ada, later(runtime, minutes=3), acme).unwatched

    @pytest.mark.parametrize(
        ("type", "says"),
        [
            ("openai", "address and the key work"),
            ("openrouter", "address and the key work"),
            ("vercel", "nothing about the key"),
            ("ollama", "nothing about a key"),
        ],
    )
    def test_each_probe_says_what_it_shows_and_costs(self, runtime: Runtime, acme: str, type: str, says: str):
        seen = replace(schedules.read(Actors.ada, runtime, acme), type=checks.TYPES[type])
        assert seen.list_says.startswith("Free.")
        assert says in seen.list_says
        assert "costs the tokens" in seen.ping_says


class TestACheck:
    def test_it_lists_the_models_and_is_recorded_as_the_schedules(self, runtime: Runtime, openai: Upstream, acme: str):
        began = datetime.now(UTC)
        found = check(runtime)
        assert found
        assert (found.asked_by, found.deed, found.lists, found.model) == ("schedule", "lists models", True, "")
        assert [request.path for request in openai.requests] == [MODELS]
        (record,) = stored()
        assert (record.scheduled, record.actor, record.actor_id, record.status) == (True, "schedule", None, 200)
        assert record.url == f"{openai.url}{MODELS}"
        plan = plan_of(runtime)
        assert plan.claimed_until is None
        assert plan.next_at == slot_after(plan.provider_id, plan.interval, began)

    def test_a_ping_asks_a_model_for_a_token(self, runtime: Runtime, openai: Upstream, acme: str):
        schedules.change(Actors.ada, runtime, acme, 5, PING)
        found = check(runtime)
        assert found
        assert (found.deed, found.model) == ("asks for one token", "gpt-5.2")
        assert openai.requests[0].path == "/v1/chat/completions"
        assert verdict(runtime).level is Level.GOOD

    @pytest.mark.parametrize(
        ("step", "category"),
        [
            (steps.respond(401, json={"error": {"message": "no", "code": "invalid_api_key"}}), Category.AUTH),
            (steps.respond(500), Category.SERVER),
            (steps.html(), Category.HTML),
            (steps.respond(json={"models": "?"}), Category.SHAPE),
            (steps.disconnect(), Category.CONNECT),
        ],
        ids=["auth", "server", "html", "shape", "connect"],
    )
    def test_a_fault_of_the_listing_is_the_providers(
        self, runtime: Runtime, openai: Upstream, acme: str, step: steps.Step, category: Category
    ):
        openai.script(step, path=MODELS)
        found = check(runtime)
        assert found
        assert found.category is category
        assert verdict(runtime) == found.verdict

    def test_silence_ends_after_the_providers_own_time(self, runtime: Runtime, openai: Upstream, acme: str):
        form, seen = provider_registry.read_draft(Actors.ada, acme)
        provider_registry.change(Actors.ada, runtime, acme, replace(form, read_timeout=1.0), seen)
        # Soon enough for a check, too late for this provider.
        openai.script(steps.after(5, openai.handler), path=MODELS)
        found = check(runtime)
        assert found
        assert found.category is Category.TIMEOUT

    def test_a_missing_key_is_recorded_and_nothing_is_sent(self, runtime: Runtime):
        connect(Actors.ada, runtime, "https://api.openai.com/v1", type="openai")
        delete_key(Actors.ada, runtime, "acme")
        schedules.change(Actors.ada, runtime, "acme", 5, LIST)
        found = check(runtime)
        assert found
        assert found.category is Category.NEED_KEY
        assert not found.counts


class TestWhatAListingProves:
    """The scripted provider is `openai_compatible`, whose listing may be open to everybody."""

    def test_an_open_listing_does_not_make_an_untested_key_green(self, runtime: Runtime, acme: str):
        found = check(runtime)
        assert found
        assert not found.counts
        assert "nothing about the key" in found.sentence
        assert verdict(runtime) == NEVER_TESTED

    def test_after_a_test_of_the_key_it_says_that_all_is_well(self, runtime: Runtime, openai: Upstream, acme: str):
        checks.check_saved(Actors.ada, runtime, acme)
        openai.script(steps.respond(503), path=MODELS, times=1)
        assert check(runtime)
        assert verdict(runtime).level is Level.BAD
        found = check(later(runtime, minutes=6))
        assert found
        assert found.counts
        assert verdict(runtime).level is Level.GOOD

    def test_a_key_that_was_refused_stays_refused(self, runtime: Runtime, openai: Upstream, acme: str):
        checks.check_saved(Actors.ada, runtime, acme)
        openai.script(steps.respond(401, json={"error": {"code": "invalid_api_key"}}), path="/v1/chat/completions")
        checks.check_saved(Actors.ada, runtime, acme)
        found = check(runtime)
        assert found
        assert not found.counts
        assert verdict(runtime).word == "Key refused"

    def test_a_key_is_not_refused_where_none_was_sent(self, runtime: Runtime, openai: Upstream):
        connect(Actors.ada, runtime, openai, key="", label="Acme")
        found = checks.check_saved(Actors.ada, runtime, "acme", model="gpt-5.2")
        assert (found.category, found.sentence) == (Category.AUTH, "Acme wants a key, and it has none here.")

    def test_a_list_that_may_not_be_read_costs_a_working_provider_nothing(self, runtime: Runtime, openai: Upstream):
        connect(Actors.ada, runtime, openai, type="openai")
        assert checks.check_saved(Actors.ada, runtime, "acme", model="gpt-5.2").counts
        schedules.change(Actors.ada, runtime, "acme", 5, LIST)
        refusal = {"error": {"message": "no", "code": "insufficient_permissions"}}
        openai.script(steps.respond(403, json=refusal), path=MODELS)
        found = check(runtime)
        assert found
        assert (found.category, found.counts) == (Category.PERMISSION, False)
        assert verdict(runtime).level is Level.GOOD
        assert [key.cooldown for key in keys_of("acme")] == [READY]
        with reading() as session:
            provider_id = session.scalars(select(ProviderRecord.id)).one()
        discovery.discover(Actors.ada, runtime, provider_id)
        assert [key.cooldown for key in keys_of("acme")] == [READY]
        detail = provider_detail.read_detail(Actors.ada, runtime, "acme")
        assert detail.now.aside is not None
        assert detail.now.aside.id == found.id

    def test_a_new_key_is_untested_again(self, runtime: Runtime, openai: Upstream, acme: str):
        checks.check_saved(Actors.ada, runtime, acme)
        replace_key(Actors.ada, runtime, acme, "sk-a-new-one-7741")
        openai.script(steps.respond(json={"data": []}), path=MODELS)
        check(runtime)
        assert verdict(runtime) == CHANGED_SINCE

    def test_where_the_key_is_asked_for_a_listing_is_enough(self, runtime: Runtime, openai: Upstream):
        connect(Actors.ada, runtime, openai, type="openai")
        schedules.change(Actors.ada, runtime, "acme", 5, LIST)
        found = check(runtime)
        assert found
        assert found.counts
        assert verdict(runtime).level is Level.GOOD

    def test_without_a_key_there_is_nothing_to_prove(self, runtime: Runtime):
        with Upstream.openai(models=["m"]) as up:
            connect(Actors.ada, runtime, up, key="")
            schedules.change(Actors.ada, runtime, "acme", 5, LIST)
            found = check(runtime)
            assert found
            assert found.counts
            assert verdict(runtime).level is Level.GOOD


class TestClaims:
    def test_of_two_workers_one_gets_the_check(self, runtime: Runtime, acme: str):
        plan = plan_of(runtime)
        assert scheduled_checks.take(runtime, plan, "one/1")
        assert scheduled_checks.take(runtime, plan, "two/1") is None

    def test_a_plan_that_was_carried_out_is_not_carried_out_again(self, runtime: Runtime, acme: str):
        plan = plan_of(runtime)
        check(runtime)
        assert scheduled_checks.take(runtime, plan, "two/1") is None

    def test_many_threads_at_once_check_once(self, app: Flask, runtime: Runtime, openai: Upstream, acme: str):
        plan, won, ready = plan_of(runtime), [], threading.Barrier(12)

        def grab(number: int) -> None:
            with app.app_context():
                ready.wait()
                if scheduled_checks.take(runtime, plan, f"{number}/1"):
                    won.append(number)

        threads = [threading.Thread(target=grab, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1

    def test_a_claim_of_a_worker_that_died_lapses_and_is_taken_over(
        self, runtime: Runtime, openai: Upstream, acme: str
    ):
        dead = scheduled_checks.take(runtime, plan_of(runtime), "dead/1")
        assert dead
        soon = later(runtime, minutes=2)
        taken = scheduled_checks.take(soon, plan_of(runtime), "two/1")
        assert taken
        assert scheduled_checks.carry_out(soon, taken)
        assert scheduled_checks.carry_out(runtime, dead) is None, "what it finds now is not written down a second time"
        assert len(stored()) == 1
        assert held() == []

    def test_a_claim_from_before_the_clock_was_set_back_holds_nobody_off(self, runtime: Runtime, acme: str):
        assert scheduled_checks.take(later(runtime, hours=5), plan_of(runtime), "one/1")
        assert scheduled_checks.take(runtime, plan_of(runtime), "two/1")

    def test_a_schedule_that_is_ended_meanwhile_takes_the_check_with_it(self, runtime: Runtime, acme: str):
        taken = scheduled_checks.take(runtime, plan_of(runtime), "one/1")
        assert taken
        schedules.change(Actors.ada, runtime, acme, None, LIST)
        assert scheduled_checks.carry_out(runtime, taken) is None
        assert stored() == []

    def test_what_raises_is_given_back_for_the_next_interval(self, runtime: Runtime, acme: str):
        strange_type(acme)
        plan = plan_of(runtime)
        taken = scheduled_checks.take(runtime, plan, "one/1")
        assert taken
        with pytest.raises(KeyError):
            scheduled_checks.carry_out(runtime, taken)
        assert held() == []
        assert plan_of(runtime).next_at > plan.next_at

    def test_let_go_gives_back_ones_own_and_nothing_else(self, runtime: Runtime, acme: str):
        scheduled_checks.take(runtime, plan_of(runtime), "one_1/1")
        assert scheduled_checks.let_go("oneX1/") == 0
        assert scheduled_checks.let_go("one_1/") == 1
        assert held() == []


def strange_type(name: str) -> None:
    """Make it a provider of a type that this version does not know, as after going back to an older one."""
    with transaction() as session:
        session.execute(update(ProviderRecord).where(ProviderRecord.name == name).values(type="from_the_future"))


class TestTheWorker:
    def test_it_checks_what_is_due_and_stops_when_told(self, app: Flask, runtime: Runtime, acme: str):
        with working_with(app, runtime):
            eventually(lambda: len(stored()) == 1)
        assert held() == []

    def test_a_check_that_raises_does_not_stop_it(self, app: Flask, runtime: Runtime, openai: Upstream, acme: str):
        connect(Actors.ada, runtime, openai, name="strange")
        schedules.change(Actors.ada, runtime, "strange", 5, LIST)
        strange_type("strange")
        with working_with(app, runtime, threads=1):
            eventually(lambda: len(stored()) == 1)
            eventually(
                lambda: not [plan for plan in scheduled_checks.plans(runtime) if plan.next_at <= datetime.now(UTC)]
            )
        assert [check.provider_name for check in stored()] == ["acme"]
        assert held() == []

    def test_stopping_lets_the_running_check_end(self, app: Flask, runtime: Runtime, openai: Upstream, acme: str):
        asked = threading.Event()

        def slowly(exchange) -> None:
            asked.set()
            exchange.wait(openai.go)
            steps.respond(json={"data": []})(exchange)

        openai.script(slowly, path=MODELS)
        with working_with(app, runtime) as worker:
            assert asked.wait(PATIENCE)
            worker.stop()
            time.sleep(0.1)
            assert len(held()) == 1
            openai.go.set()
        assert len(stored()) == 1
        assert held() == []

    def test_a_provider_that_hangs_holds_no_other_up(self, app: Flask, runtime: Runtime, openai: Upstream, acme: str):
        with Upstream() as hanging:
            hanging.script(lambda exchange: (exchange.wait(hanging.go), steps.respond(json={"data": []})(exchange)))
            connect(Actors.ada, runtime, hanging, name="hanging")
            schedules.change(Actors.ada, runtime, "hanging", 5, LIST)
            with working_with(app, runtime, threads=2):
                eventually(lambda: hanging.requests)
                eventually(stored)
                assert {check.provider_name for check in stored()} == {"acme"}
                hanging.go.set()
                eventually(lambda: {check.provider_name for check in stored()} == {"acme", "hanging"})

    def test_after_a_stop_those_that_are_late_come_one_after_the_other(self, runtime: Runtime, openai: Upstream):
        for number in range(20):
            connect(Actors.ada, runtime, openai, name=f"acme-{number}")
            schedules.change(Actors.ada, runtime, f"acme-{number}", 60, LIST)
        hours_later = later(runtime, hours=9)
        assert scheduled_checks.spread_out(hours_later) == 20
        waits = sorted((plan.next_at - hours_later.now()).total_seconds() for plan in scheduled_checks.plans(runtime))
        assert waits[0] > -1
        assert waits[-1] <= 60
        assert waits[-1] - waits[0] > 20
        assert scheduled_checks.spread_out(hours_later) == 0, "nothing is late any more"


class TestDays:
    def test_each_check_is_counted_in_its_day(self, runtime: Runtime, openai: Upstream):
        connect(Actors.ada, runtime, openai, type="openai")
        schedules.change(Actors.ada, runtime, "acme", 5, LIST)
        check(runtime)
        openai.script(steps.respond(500), path=MODELS)
        check(later(runtime, minutes=6))
        ids: list[UUID] = [row.id for row in provider_listing.list_for(Actors.ada, runtime).rows]
        with reading() as session:
            strips = health_days.strips(session, ids, runtime.now())
        assert strips[ids[0]][-1] is Level.BAD
        assert strips[ids[0]][0] is Level.UNKNOWN
