"""The webhook, told over a real socket: what it gets, when, how it is signed, and what is remembered."""

import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.errors import Conflict, Denied
from portal.domain.schedule import Probe
from portal.domain.webhooks import PAUSES
from portal.services import settings
from portal.services.audit import trail as audit_trail
from portal.services.health import checks, scheduled_checks, schedules
from portal.services.keys import rotation as master_key_rotation
from portal.services.runtime import Runtime
from portal.services.settings import Draft
from portal.services.webhooks import delivery
from portal.store.base import reading, transaction
from portal.store.settings import SettingRecord, put
from portal.store.webhooks import DeliveryRecord
from tests.conftest import CANARY, Actors
from tests.connecting import connect
from tests.services.health.test_scheduled_checks import working_with
from tests.upstream import Upstream, steps
from tests.waiting import eventually

SECRET = "a-secret-that-both-know"
CHAT = "/v1/chat/completions"
ANSWER = steps.respond(
    json={
        "model": "gpt-5.2",
        "choices": [{"message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
    }
)


def tell(runtime: Runtime, up: Upstream, secret: str = SECRET) -> None:
    up.script(steps.respond(204), path="/hook")
    settings.change(Actors.ada, runtime, Draft(webhook_url=f"{up.url}/hook?room=7", webhook_secret=secret))


def check(runtime: Runtime, up: Upstream, *outcomes: bool) -> None:
    """Check the provider, which answers, or refuses, in turn."""
    for answers in outcomes:
        up.script(ANSWER if answers else steps.respond(500), path=CHAT)
        checks.check_saved(Actors.ada, runtime, "acme", model="gpt-5.2")


def outbox() -> list[DeliveryRecord]:
    with reading() as session:
        return list(session.scalars(select(DeliveryRecord).order_by(DeliveryRecord.at)))


def deliver_all(runtime: Runtime) -> None:
    for message in delivery.waiting(runtime):
        delivery.deliver(runtime, message, "one/1")


def test_only_a_turn_is_told_and_with_all_that_one_needs(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream, label="Acme")
    tell(runtime, upstream)
    check(runtime, upstream, True, True, False, False)
    deliver_all(runtime)
    check(runtime, upstream, True)
    deliver_all(runtime)
    failed, answers = outbox()
    told = [request for request in upstream.requests if request.path == "/hook"]
    assert [request.target for request in told] == ["/hook?room=7"] * 2
    assert [request.headers["portal-event"] for request in told] == ["provider.verdict"] * 2
    bodies = [json.loads(request.body) for request in told]
    assert [(body["before"], body["after"], body["verdict"]) for body in bodies] == [
        ("ok", "failed", "Provider trouble"),
        ("failed", "ok", "OK"),
    ]
    assert bodies[0]["provider"]["name"] == "acme"
    assert bodies[0]["sentence"].startswith("Acme is in trouble")
    assert bodies[0]["check"]["status"] == 500
    assert [body["id"] for body in bodies] == [str(failed.id), str(answers.id)]
    assert {(sent.state, sent.status, sent.tries) for sent in outbox()} == {("delivered", 204, 1)}


def test_the_signature_is_over_time_and_body(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    check(runtime, upstream, False)
    deliver_all(runtime)
    request = next(request for request in upstream.requests if request.path == "/hook")
    parts = dict(part.split("=") for part in request.headers["portal-signature"].split(","))
    signed = hmac.new(SECRET.encode(), f"{parts['t']}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert parts["v1"] == signed
    assert abs(int(parts["t"]) - time.time()) < 60


def test_without_a_secret_nothing_is_signed_and_without_a_webhook_nothing_is_told(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    check(runtime, upstream, False)
    assert outbox() == []
    tell(runtime, upstream, secret="")
    check(runtime, upstream, True)
    deliver_all(runtime)
    request = next(request for request in upstream.requests if request.path == "/hook")
    assert "portal-signature" not in request.headers


def test_a_check_that_does_not_count_tells_nothing(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    upstream.script(steps.respond(404, json={"error": {"code": "model_not_found", "message": "no"}}), path=CHAT)
    checks.check_saved(Actors.ada, runtime, "acme", model="gpt-9")
    assert outbox() == []


def test_the_schedule_tells_as_people_do(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    schedules.change(Actors.ada, runtime, "acme", 5, Probe.LIST)
    upstream.script(steps.respond(500), path="/v1/models")
    due = scheduled_checks.take(runtime, scheduled_checks.plans(runtime)[0], "one/1")
    assert due
    scheduled_checks.carry_out(runtime, due)
    (sent,) = outbox()
    assert json.loads(sent.body)["check"]["scheduled"] is True


def test_it_is_tried_again_with_growing_pauses_and_then_given_up(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    check(runtime, upstream, False)
    upstream.script(steps.respond(500, text="no"), path="/hook")
    moment = datetime.now(UTC)
    for place in range(len(PAUSES) + 1):
        then = replace(runtime, now=lambda moment=moment: moment)
        (message,) = delivery.waiting(then)
        assert message.next_at <= moment
        assert delivery.deliver(then, message, "one/1")
        (sent,) = outbox()
        assert sent.tries == place + 1
        if place < len(PAUSES):
            assert sent.next_at == moment + PAUSES[place]
            moment = sent.next_at
    assert (sent.state, sent.said) == ("given_up", "The webhook answered 500. It has to answer with 200 to 299.")
    assert delivery.waiting(runtime) == []


def test_what_cannot_be_reached_is_said_in_plain_words(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    settings.change(Actors.ada, runtime, Draft(webhook_url="http://169.254.169.254/hook"))
    check(runtime, upstream, False)
    deliver_all(runtime)
    (sent,) = outbox()
    assert sent.said.startswith("The portal’s own rules do not let it call this address.")
    assert sent.state == "waiting"


def test_a_redirect_is_not_followed(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    upstream.script(steps.redirect(f"{upstream.url}/elsewhere"), path="/hook")
    sent = delivery.send_test(Actors.ada, runtime)
    assert not sent.arrived
    assert "/elsewhere" not in [request.path for request in upstream.requests]


def test_two_couriers_bring_a_message_once(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    check(runtime, upstream, False)
    (message,) = delivery.waiting(runtime)
    assert delivery.deliver(runtime, message, "one/1")
    assert not delivery.deliver(runtime, message, "two/1")
    assert len([request for request in upstream.requests if request.path == "/hook"]) == 1


def test_a_courier_that_died_loses_no_message(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    check(runtime, upstream, False)
    now = datetime.now(UTC)
    (message,) = delivery.waiting(runtime)
    with transaction() as session:
        delivery.store.claim(session, message.id, message.next_at, "dead/1", now + timedelta(seconds=40), now, now)
    (held,) = delivery.waiting(runtime)
    assert not delivery.deliver(runtime, held, "two/1")
    assert delivery.deliver(replace(runtime, now=lambda: now + timedelta(minutes=1)), held, "two/1")
    assert outbox()[0].state == "delivered"


def test_the_worker_delivers_what_waits(app: Flask, runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    check(runtime, upstream, False)
    with working_with(app, runtime):
        eventually(lambda: outbox()[0].state == "delivered")


def test_an_older_state_is_never_told_after_a_newer_one(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    upstream.script(steps.respond(503), path="/hook")
    check(runtime, upstream, False)
    (failing,) = delivery.waiting(runtime)
    delivery.deliver(runtime, failing, "one/1")
    check(runtime, upstream, True)
    upstream.script(steps.respond(204), path="/hook")
    later = replace(runtime, now=lambda: runtime.now() + PAUSES[0])
    deliver_all(later)
    assert [(one.state, one.tries) for one in outbox()] == [("overtaken", 1), ("delivered", 1)]
    heard = [json.loads(request.body)["after"] for request in upstream.requests if request.path.startswith("/hook")]
    assert heard[-1] == "ok"


def test_a_newer_state_waits_for_an_older_one_that_is_on_its_way(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    tell(runtime, upstream)
    check(runtime, upstream, False)
    (failing,) = delivery.waiting(runtime)
    now = runtime.now()
    with transaction() as session:
        delivery.store.claim(session, failing.id, failing.next_at, "one/1", now + timedelta(seconds=40), now, now)
    check(runtime, upstream, True)
    newer = next(one for one in delivery.waiting(runtime) if one.id != failing.id)
    assert not delivery.deliver(runtime, newer, "two/1")
    with transaction() as session:
        delivery.store.finish(session, failing.id, "one/1", state="delivered", next_at=None)
    assert delivery.deliver(runtime, newer, "two/1")


def test_an_address_that_lay_in_the_open_is_encrypted_with_the_next_message(runtime: Runtime, upstream: Upstream):
    connect(Actors.ada, runtime, upstream)
    upstream.script(steps.respond(204), path="/hook")
    with transaction() as session:
        put(session, delivery.PLAIN_URL, f"{upstream.url}/hook?room=7", runtime.now())
    check(runtime, upstream, False)
    deliver_all(runtime)
    assert [one.state for one in outbox()] == ["delivered"]
    with reading() as session:
        assert "room=7" not in "".join(str(value) for value in session.scalars(select(SettingRecord.value)))


def test_a_test_message_is_sent_once_and_remembered(runtime: Runtime, upstream: Upstream):
    with pytest.raises(Conflict, match="no webhook"):
        delivery.send_test(Actors.ada, runtime)
    tell(runtime, upstream)
    sent = delivery.send_test(Actors.ada, runtime)
    assert (sent.arrived, sent.said) == (True, "The webhook answered 204.")
    upstream.script(steps.respond(410), path="/hook")
    refused = delivery.send_test(Actors.ada, runtime)
    assert (refused.given_up, refused.said) == (True, "The webhook answered 410. It has to answer with 200 to 299.")
    assert [one.tries for one in settings.read(Actors.ada, runtime).deliveries] == [1, 1]
    with pytest.raises(Denied):
        delivery.send_test(Actors.otto, runtime)


def test_the_secret_is_encrypted_and_survives_a_rotation(
    runtime: Runtime, upstream: Upstream, environment: dict[str, str]
):
    tell(runtime, upstream, secret=CANARY)
    with reading() as session:
        cells = [str(value) for value in session.scalars(select(SettingRecord.value))]
        assert not [cell for cell in cells if CANARY in cell]
        webhook = delivery.read_webhook(session, runtime)
    assert webhook
    assert webhook.secret
    assert CANARY not in repr(webhook)
    assert CANARY not in repr(settings.read(Actors.ada, runtime))
    plan = master_key_rotation.plan(runtime)
    assert sum(plan.counts["secret settings"].values()) == 2, "the secret and the address"


def test_the_trail_names_the_host_and_not_the_path(runtime: Runtime, upstream: Upstream):
    tell(runtime, upstream)
    (entry,) = audit_trail.list_for(Actors.ada, runtime, audit_trail.Filters(verb="settings.change")).entries
    assert entry.after
    assert entry.after["webhook"] == upstream.origin
    assert "room" not in entry.as_json
    assert SECRET not in entry.as_json
