"""What the webhook is told of what chats and checks find: its last word of a provider is true."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.chats import State
from portal.services import settings
from portal.services.health import checks
from portal.services.runtime import Runtime
from portal.services.settings import Draft
from portal.services.webhooks import telling
from portal.store.base import reading, transaction
from portal.store.provider_faults import ProviderFaultRecord
from portal.store.webhooks import DeliveryRecord
from tests.conftest import Actors
from tests.upstream import Upstream, steps
from tests.web.test_status_of_chats import REFUSED, TROUBLE, UNPAID, acme, chat, upstream  # noqa: F401

LIMITED = steps.respond(429, json={"error": {"message": "Slow down."}}, headers={"Retry-After": "30"})


@pytest.fixture(autouse=True)
def told(runtime: Runtime, acme: Upstream) -> None:  # noqa: F811
    settings.change(Actors.ada, runtime, Draft(webhook_url=f"{acme.url}/hook"))


def messages() -> list[dict]:
    with reading() as session:
        return [json.loads(body) for body in session.scalars(select(DeliveryRecord.body).order_by(DeliveryRecord.at))]


def heard() -> list[str]:
    return [message["after"] for message in messages()]


def long_ago(runtime: Runtime) -> None:
    """What chats fail with began a while ago."""
    with transaction() as session:
        for fault in session.scalars(select(ProviderFaultRecord)):
            fault.since = runtime.now() - timedelta(minutes=2)


def check(runtime: Runtime) -> None:
    checks.check_saved(Actors.ada, runtime, "acme", model="gpt-5.2")


def test_a_refusal_that_chats_meet_is_told_once_and_the_answer_after_it(runtime: Runtime, acme: Upstream):  # noqa: F811
    for person in (Actors.uma, Actors.ada):
        assert chat(runtime, person, acme, UNPAID) is State.FALLBACK
    (failed,) = messages()
    assert (failed["before"], failed["after"], failed["provider"]["label"]) == ("untested", "failed", "Acme")
    assert (failed["check"], failed["chats"]["category"]) == (None, "billing")
    assert "Acme" in failed["sentence"]
    assert chat(runtime, Actors.uma, acme) is State.COMPLETE
    assert chat(runtime, Actors.uma, acme) is State.COMPLETE
    assert heard() == ["failed", "ok"]


def test_what_may_pass_by_itself_is_told_after_a_while_without_an_answer(runtime: Runtime, acme: Upstream):  # noqa: F811
    chat(runtime, Actors.uma, acme, TROUBLE)
    chat(runtime, Actors.uma, acme)
    chat(runtime, Actors.uma, acme, TROUBLE)
    assert heard() == [], "one question that failed among many is no news"
    long_ago(runtime)
    chat(runtime, Actors.uma, acme, TROUBLE)
    assert heard() == ["failed"]


def test_a_limit_ends_by_itself_and_is_not_told(runtime: Runtime, acme: Upstream):  # noqa: F811
    chat(runtime, Actors.uma, acme, LIMITED)
    assert heard() == []


def test_a_check_ends_what_chats_began_and_begins_it_again(runtime: Runtime, acme: Upstream):  # noqa: F811
    chat(runtime, Actors.uma, acme, UNPAID)
    check(runtime)
    assert heard() == ["failed", "ok"], "the check before it was good as well: what was told counts"
    acme.script(REFUSED, path="/v1/chat/completions", times=1)
    check(runtime)
    assert heard() == ["failed", "ok", "failed"]


def test_an_answer_after_a_failed_check_is_told_and_the_next_good_check_adds_nothing(
    runtime: Runtime,
    acme: Upstream,  # noqa: F811
):
    acme.script(TROUBLE, path="/v1/chat/completions", times=1)
    check(runtime)
    assert heard() == ["failed"]
    chat(runtime, Actors.uma, acme)
    assert heard() == ["failed", "ok"]
    check(runtime)
    assert heard() == ["failed", "ok"]
    acme.script(TROUBLE, path="/v1/chat/completions", times=1)
    check(runtime)
    assert heard() == ["failed", "ok", "failed"], "the check before it was good, and so was what was told"


def test_a_list_of_models_says_nothing_against_what_chats_met(runtime: Runtime, acme: Upstream):  # noqa: F811
    chat(runtime, Actors.uma, acme, UNPAID)
    checks.check_saved(Actors.ada, runtime, "acme", probe=checks.Probe.LIST)
    assert heard() == ["failed"], "its account is still out of credit"
    chat(runtime, Actors.uma, acme)
    assert heard() == ["failed", "ok"]


def turn_by_turn(runtime: Runtime, acme: Upstream, turns: int) -> None:  # noqa: F811
    """A check that fails, one that is good, and so on."""
    for number in range(turns):
        if number % 2 == 0:
            acme.script(TROUBLE, path="/v1/chat/completions", times=1)
        check(runtime)


def test_a_provider_that_flaps_is_told_once_as_flapping_and_then_as_what_it_is(runtime: Runtime, acme: Upstream):  # noqa: F811
    turn_by_turn(runtime, acme, 14)
    assert heard() == ["failed", "ok", "failed", "ok", "flapping"], "no storm"
    last = messages()[-1]
    assert (last["event"], last["verdict"]) == ("provider.flapping", "Flapping")
    assert "by turns" in last["sentence"]
    assert telling.tell_of_steady(runtime) == 0, "it turned a moment ago"
    later = replace(runtime, now=lambda: runtime.now() + telling.STEADY)
    assert telling.tell_of_steady(later) == 1
    assert heard()[-1] == "ok", "what is heard last is true"
    assert messages()[-1]["before"] == "flapping"
    assert telling.tell_of_steady(later) == 0
    acme.script(TROUBLE, path="/v1/chat/completions", times=1)
    check(replace(runtime, now=lambda: runtime.now() + telling.STEADY + telling.WINDOW))
    assert heard()[-1] == "failed", "after that each turn is news again"


def test_one_that_flaps_and_stays_down_is_told_as_failing(runtime: Runtime, acme: Upstream):  # noqa: F811
    turn_by_turn(runtime, acme, 7)
    assert heard()[-1] == "flapping"
    assert chat(runtime, Actors.uma, acme, UNPAID) is State.FALLBACK
    assert heard()[-1] == "flapping", "what chats find is noted, and not told"
    telling.tell_of_steady(replace(runtime, now=lambda: runtime.now() + telling.STEADY))
    assert heard()[-1] == "failed"


def test_a_webhook_that_was_taken_away_hears_no_end(runtime: Runtime, acme: Upstream):  # noqa: F811
    turn_by_turn(runtime, acme, 6)
    settings.change(Actors.ada, runtime, Draft())
    telling.tell_of_steady(replace(runtime, now=lambda: runtime.now() + telling.STEADY))
    assert heard()[-1] == "flapping"
