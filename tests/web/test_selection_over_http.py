"""Which model answers, and with whose key: done on the pages as people do it, and seen at the provider.

Ten cases. In each, an act on a page changes what a chat may use; the next question shows what the chat really does.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.reasons import REASON_SENTENCES, REASON_WORDS, Reason
from portal.services.audit import verification
from portal.services.language_models import publishing
from portal.services.runtime import Runtime
from portal.store.audit import AuditRecord
from portal.store.base import reading
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.overrides import PersonalOverrideRecord
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.chatting import KEY, connect
from tests.conftest import Actors, Client
from tests.upstream import Upstream
from tests.web.asking import HELLO, ask, ask_again, field, heard, steps_of, words

MINE = "sk-mine-51d0aa37"
OTHER_KEY = "sk-other-shared-77b1"


@pytest.fixture
def acme(upstream: Upstream) -> Upstream:
    upstream.stream_sse(HELLO)
    return upstream


@pytest.fixture
def models(runtime: Runtime, acme: Upstream) -> dict[str, UUID]:
    """`default` is the default of Acme, `own` stands behind it; both answer, and need a key."""
    ids = connect(runtime, Actors.ada, acme.base_url, "default", "own", type="openai")
    return dict(zip(("default", "own"), ids, strict=True))


def override(client: Client, address: str, context: str = "root"):
    version = field(client.get(f"/agents/choices/{context}").text, "version")
    return client.post_form(f"/agents/choices/{context}", {"model": address, "version": version})


def save_key(client: Client, key: str = MINE, name: str = "acme"):
    return client.post_form(f"/api-keys/{name}", {"key": key})


def turn_gate(ada: Client, gate: str, way: str) -> None:
    said = words(ada.post_form(f"/overrides/gates/{gate}", {"turn": way}, follow_redirects=True))
    assert f"now {way}, for everybody" in said


def delete_shared_key(ada: Client, name: str = "acme") -> None:
    page = ada.get(f"/providers/{name}").text
    path = re.search(rf'action="(/providers/{name}/keys/[^"/]+/delete)"', page)
    assert path, "no shared key to delete"
    assert ada.post_form(path[1]).status_code == 302


def count(record: type) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(record))


# 1. A model that the request names


def test_a_named_model_that_is_off_is_refused_and_no_other_answers_in_its_place(
    ada: Client, uma: Client, acme: Upstream, models
):
    first = ask(uma)
    assert heard(acme) == [("default", KEY)]
    assert ada.post_form(f"/models/{models['own']}/disable").status_code == 302

    again = ask_again(uma, first, models["own"])
    assert (again.state, again.category, again.detail) == ("failed", "no_model", "model_disabled")
    assert [*steps_of(again).items()] == [("explicit", "model_disabled")], "no further layer was asked"
    assert heard(acme) == [("default", KEY)], "nothing was sent"
    assert REASON_SENTENCES[Reason.MODEL_DISABLED] in words(uma.get(f"/chat/{first.chat_id}"))
    assert "No model: acme:own cannot be used, and no other takes its place." in words(
        uma.get("/explain/me?model=acme:own")
    )

    ada.post_form(f"/models/{models['own']}/enable")
    assert ask_again(uma, first, models["own"]).layer == "explicit"
    assert heard(acme)[1:] == [("own", KEY)]


# 2. An override of a model that cannot be used any more


def _delete(ada: Client, model_id: UUID) -> None:
    assert ada.post_form(f"/models/{model_id}/delete").status_code == 302


def _turn_off(ada: Client, model_id: UUID) -> None:
    assert ada.post_form(f"/models/{model_id}/disable").status_code == 302


def _turn_its_provider_off(ada: Client, _model_id: UUID) -> None:
    assert ada.post_form("/providers/other/disable").status_code == 302


def _take_its_key(ada: Client, _model_id: UUID) -> None:
    delete_shared_key(ada, "other")


@pytest.mark.parametrize(
    ("act", "reason", "undo"),
    [
        (_delete, Reason.MODEL_DELETED, ""),
        (_turn_off, Reason.MODEL_DISABLED, "/models/{}/enable"),
        (_turn_its_provider_off, Reason.PROVIDER_DISABLED, "/providers/other/enable"),
        (_take_its_key, Reason.NO_CREDENTIAL, "/providers/other/keys"),
    ],
)
def test_an_override_that_cannot_be_used_is_passed_over_and_said_and_serves_again_when_it_can(
    ada: Client, uma: Client, runtime: Runtime, acme: Upstream, models, act, reason: Reason, undo: str
):
    with Upstream() as other:
        other.stream_sse(HELLO)
        (model_id,) = connect(runtime, Actors.ada, other.base_url, "far", name="other", type="openai", key=OTHER_KEY)
        assert override(uma, "other:far").status_code == 302
        assert ask(uma).layer == "personal_override"
        assert heard(other) == [("far", OTHER_KEY)]

        act(ada, model_id)
        attempt = ask(uma)
        assert (attempt.layer, attempt.selected_model) == ("default", "acme:default")
        assert steps_of(attempt)["personal_override"] == reason
        assert (heard(other), heard(acme)) == ([("far", OTHER_KEY)], [("default", KEY)])
        assert REASON_WORDS[reason] in words(uma.get("/agents"))
        assert REASON_WORDS[reason] in words(uma.get(f"/chat/{attempt.chat_id}"))
        assert "DEFAULT, because it is the default" in words(uma.get("/explain/me"))

        if undo:
            typed = {"key": "sk-other-again-0c11"} if undo.endswith("/keys") else {}
            assert ada.post_form(undo.format(model_id), typed).status_code == 302
            assert ask(uma).layer == "personal_override"
            assert len(heard(other)) == 2
        assert count(PersonalOverrideRecord) == 1, "what was chosen stays on file"


def test_an_override_of_a_model_that_is_off_is_not_taken(uma: Client, ada: Client, models):
    ada.post_form(f"/models/{models['own']}/disable")
    answer = override(uma, "acme:own")
    assert answer.status_code == 422
    assert "This model is turned off." in words(answer)
    assert count(PersonalOverrideRecord) == 0


# 3. The gate of personal overrides


def test_while_the_gate_is_off_what_is_stored_is_ignored_and_kept_and_cannot_be_changed(
    ada: Client, uma: Client, acme: Upstream, models
):
    override(uma, "acme:own")
    turn_gate(ada, "personal_overrides", "off")

    attempt = ask(uma)
    assert (attempt.layer, steps_of(attempt)["personal_override"]) == ("default", Reason.GATE_OFF)
    assert heard(acme) == [("default", KEY)]
    assert "acme:own" in words(uma.get("/agents"))
    for path in ("/agents/choices/root", "/agents/choices/root/clear"):
        refused = uma.post_form(path, {"model": "acme:default", "version": ""})
        assert refused.status_code == 403
        assert "switched off for everybody" in words(refused)
    assert uma.get("/agents/choices/root").status_code == 403

    turn_gate(ada, "personal_overrides", "on")
    assert ask(uma).layer == "personal_override"
    assert heard(acme)[1:] == [("own", KEY)]


# 4. The default is off together with its provider


def test_a_default_that_is_off_together_with_its_provider_stays_the_default_and_the_first_usable_answers(
    ada: Client, uma: Client, runtime: Runtime, acme: Upstream, models
):
    with Upstream() as other:
        other.stream_sse(HELLO)
        (spare,) = connect(runtime, Actors.ada, other.base_url, "spare", name="other", key=OTHER_KEY)
        _turn_off(ada, models["default"])
        ada.post_form("/providers/acme/disable")

        attempt = ask(uma)
        assert (attempt.layer, attempt.selected_model) == ("first_usable", "other:spare")
        assert steps_of(attempt)["default"] == Reason.MODEL_DISABLED
        assert (heard(acme), heard(other)) == ([], [("spare", OTHER_KEY)])

        ada.post_form(f"/models/{models['default']}/enable")
        assert steps_of(ask(uma))["default"] == Reason.PROVIDER_DISABLED, "one obstacle less, and the next is named"

        _turn_off(ada, spare)
        nothing = ask(uma)
        assert (nothing.state, nothing.category) == ("failed", "no_model")
        assert len(heard(other)) == 2
        assert "Ask an administrator" in words(uma.get(f"/chat/{nothing.chat_id}"))

        ada.post_form("/providers/acme/enable")
        assert ask(uma).layer == "default"
        assert heard(acme) == [("default", KEY)]


# 5. Two providers of one type with different keys


def test_two_providers_of_one_type_are_each_asked_with_their_own_key(
    uma: Client, runtime: Runtime, acme: Upstream, models
):
    with Upstream() as other:
        other.stream_sse(HELLO)
        (far,) = connect(runtime, Actors.ada, other.base_url, "far", name="other", key=OTHER_KEY)
        first = ask(uma)
        ask_again(uma, first, far)
        assert (heard(acme), heard(other)) == ([("default", KEY)], [("far", OTHER_KEY)])

        save_key(uma, MINE)
        save_key(uma, "sk-mine-for-other-4d", "other")
        assert [ask_again(uma, first, id).key_source for id in (models["default"], far)] == ["personal", "personal"]
        assert heard(acme)[1:] == [("default", MINE)]
        assert heard(other)[1:] == [("far", "sk-mine-for-other-4d")]


# 6. Personal keys off with one saved


def test_while_personal_keys_are_off_a_saved_one_is_kept_and_never_sent(
    ada: Client, uma: Client, acme: Upstream, models
):
    save_key(uma)
    turn_gate(ada, "personal_keys", "off")
    assert ask(uma).key_source == "shared"
    assert heard(acme) == [("default", KEY)]
    assert save_key(uma, "sk-another-9f2c").status_code == 403
    assert uma.post_form("/api-keys/acme/test").status_code == 403

    delete_shared_key(ada)
    nothing = ask(uma)
    assert (nothing.state, nothing.detail) == ("failed", Reason.NO_CREDENTIAL)
    assert len(heard(acme)) == 1, "nothing was sent, with whatever key"

    turn_gate(ada, "personal_keys", "on")
    assert ask(uma).key_source == "personal"
    assert heard(acme)[1:] == [("default", MINE)]
    assert count(PersonalKeyRecord) == 1


# 7. A personal key removed where there is no shared one


def test_where_no_shared_key_is_a_removed_personal_key_leaves_nothing_and_the_way_out_is_named(
    ada: Client, uma: Client, acme: Upstream, models
):
    delete_shared_key(ada)
    save_key(uma)
    first = ask(uma)
    assert first.key_source == "personal"
    assert uma.post_form("/api-keys/acme/remove").status_code == 302

    attempt = ask(uma, path=f"/chat/{first.chat_id}")
    assert (attempt.state, attempt.detail, attempt.key_source) == ("failed", Reason.NO_CREDENTIAL, "")
    assert heard(acme) == [("default", MINE)], "the removed key is not sent once more"
    page = words(uma.get(f"/chat/{first.chat_id}"))
    assert "Save a key of your own" in page
    assert REASON_WORDS[Reason.NO_CREDENTIAL] in page
    assert uma.get(f"/chat/{first.chat_id}").text.count(">Hello.</p>") == 1, "what was answered stays"


def test_another_persons_key_never_serves_in_the_place_of_ones_own(ada: Client, uma: Client, acme: Upstream, models):
    delete_shared_key(ada)
    save_key(ada, "sk-of-ada-33e0")
    assert ask(uma).detail == Reason.NO_CREDENTIAL
    assert ask(ada).key_source == "personal"
    assert heard(acme) == [("default", "sk-of-ada-33e0")]


# 8. The default under fifty changes at once


def test_fifty_changes_of_the_default_at_once_leave_exactly_one_and_a_trail_that_follows(
    app: Flask, sign_in, ada: Client, uma: Client, runtime: Runtime, acme: Upstream
):
    names = [f"m{number}" for number in range(5)]
    ids = connect(runtime, Actors.ada, acme.base_url, *names)
    # Five administrators at once, ten changes each: no two neighbours name one model.
    clients = [sign_in(Actors.ada.id) for _ in ids]
    tokens = [client.csrf_token() for client in clients]
    start = Barrier(len(clients))

    def move(number: int) -> list[int]:
        start.wait()
        found = []
        for step in range(10):
            path = f"/models/{ids[(number + step) % len(ids)]}/default"
            found.append(clients[number].post(path, data={"csrf_token": tokens[number]}).status_code)
        return found

    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = [status for found in pool.map(move, range(len(clients))) for status in found]
    assert statuses == [302] * 50, "each of them is answered, and none with a fault"

    with reading() as session:
        (state,) = session.scalars(select(CatalogStateRecord)).all()
        rows = session.scalars(
            select(AuditRecord).where(AuditRecord.verb == "model.default").order_by(AuditRecord.seq)
        ).all()
        shown = {row.id: row.display_name for row in session.scalars(select(LanguageModelRecord))}
    assert state.default_id in ids
    held = shown[ids[0]]
    for row in rows:
        assert row.before == {"default": held}, "each change begins where the one before it ended"
        assert row.after != row.before
        held = row.after["default"]
    assert held == shown[state.default_id]
    assert verification.verify(runtime).sound
    assert len([model for model in (publishing.read(Actors.ada, runtime, id) for id in ids) if model.is_default]) == 1

    page = ada.get("/models").text
    assert page.count("star star-on") == 1
    assert f"{held} is the default" in page
    assert ask(uma).selected_model == f"acme:{held.lower()}"


# 9. and 10. What cannot be a key, one's own and a shared one


ODD_KEYS = [
    ("", "It cannot be blank"),
    ("  \t ", "It cannot be blank"),
    (" sk-spaced-41", "begins or ends with a space"),
    ("sk-spaced-41 ", "begins or ends with a space"),
    ("sk-sp aced-41", "has a space in it"),
    ("sk-one-41\nsk-two-41", "has a line break in it"),
    ("sk-one-41\r\n", "line break"),
    ("k" * 10_241, "10,241 characters. A key has at most 10,240."),
    ("é" * 5_200, "has a character that no key has"),
]


@pytest.mark.parametrize(("typed", "fault"), ODD_KEYS)
def test_what_cannot_be_a_key_of_ones_own_is_refused_in_words_and_the_old_one_serves_on(
    uma: Client, acme: Upstream, models, typed: str, fault: str
):
    answer = save_key(uma, typed)
    assert answer.status_code == 422
    assert fault in words(answer)
    assert not typed.strip() or typed.strip() not in answer.text
    assert ask(uma).key_source == "shared"

    save_key(uma)
    later = save_key(uma, typed)
    assert later.status_code == (302 if not typed else 422), "blank keeps what is stored"
    assert ask(uma).key_source == "personal"
    assert heard(acme) == [("default", KEY), ("default", MINE)]


@pytest.mark.parametrize(("typed", "fault"), ODD_KEYS)
def test_what_cannot_be_a_shared_key_is_refused_in_words_and_the_old_one_serves_on(
    ada: Client, uma: Client, acme: Upstream, models, typed: str, fault: str
):
    answer = ada.post_form("/providers/acme/keys", {"key": typed})
    assert answer.status_code == 422
    assert fault in words(answer)
    assert not typed.strip() or typed.strip() not in answer.text
    assert count(SharedKeyRecord) == 1
    ask(uma)
    assert heard(acme) == [("default", KEY)]
