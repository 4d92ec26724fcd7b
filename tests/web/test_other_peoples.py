"""What belongs to one person is not there for another: every id of it, on every route that takes one.

The routes are found from the map of addresses. One that takes an id of a kind that nobody named here fails the first
test with its name: whoever adds it says whose such ids are.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, Rule

from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services import last_used
from portal.services.access_tokens import own_tokens
from portal.services.chat import sharing
from portal.services.overrides import gates
from portal.services.runtime import Runtime
from portal.store.base import db, reading, transaction
from portal.store.compactions import CompactionRecord
from portal.store.health import CheckRecord
from portal.store.people import RoleRecord
from portal.store.providers import ProviderRecord
from portal.store.sessions import SessionRecord
from portal.store.shared_keys import SharedKeyRecord
from portal.web.guard import GuardedFlask
from tests.attaching import attach, image
from tests.chatting import connect
from tests.conftest import CANARY, Actors, Client
from tests.services.explain.setting import crowd
from tests.services.teams.cast import two_teams
from tests.signing import register
from tests.upstream import Upstream
from tests.web.asking import HELLO, ask, field, words

UMA = Actors.uma
OWNED = {"chat_id", "turn_id", "attempt_id", "attachment_id", "session_id", "token_id", "share_id", "compaction_id"}
"""Ids of what one person has. To everybody else they are nothing, whatever their roles."""

BY_NAME = {"personal_keys": "name", "agents": "context"}
"""Pages of one's own that name a provider or a purpose: the same address leads each person to what is theirs."""

TEAMS_OWN = {"my_team", "team_providers", "explain"}
"""Pages of a team's managers. What another team owns is nothing to them."""

SHARED = {
    "model_id",
    "provider_id",
    "name",
    "key_id",
    "check_id",
    "role_id",
    "user_id",
    "team_id",
    "context",
    "gate",
    "application_id",
    "id",
} | {"held_token_id"}
"""Ids of what the deployment has: its routes name the permission that opens them, for all or for none of the ids."""

NO_IDS = {"kind", "act", "filename", "token"}
"""Parts of an address that choose a form of the answer, a file, or are a secret themselves."""


def rules(app: Flask) -> Iterator[Rule]:
    """The routes that take something in their address."""
    yield from (rule for rule in app.url_map.iter_rules() if rule.arguments)


def of_a_team(rule: Rule) -> bool:
    """Whether a route is for a team's managers and names a provider."""
    about = rule.endpoint.split(".")[0] in TEAMS_OWN and "name" in rule.arguments
    return about and rule.permission is Permission.SIGNED_IN  # type: ignore[attr-defined]


def of(names: dict[str, str], rule: Rule) -> bool:
    return rule.endpoint.split(".")[0] in names


def address(rule: Rule, values: dict[str, object]) -> str:
    words_of = {name: found for name, found in rule._converters.items() if isinstance(found, AnyConverter)}
    given = {**values, **{name: min(found.items) for name, found in words_of.items()}}
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda match: str(given[match[1]]), rule.rule)


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, but for when a session was last seen."""
    last_used.here().write()
    with reading() as session:
        return {
            table.name: sorted(
                (
                    tuple(str(value) for name, value in row._mapping.items() if name != "last_seen_at")
                    for row in session.execute(select(table))
                ),
            )
            for table in db.metadata.sorted_tables
        }


def of_uma(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    return {name: [row for row in table if str(UMA.id) in row] for name, table in rows.items()}


def visit(client: Client, rule: Rule, method: str, values: dict[str, object], **more: object):
    data = typed(client, **more) if method == "POST" else None
    return client.open(address(rule, values), method=method, data=data)


def said(answer) -> str:
    """The page's words without the number of the request, which every answer has of its own."""
    return re.sub(r"req_[0-9a-f]+", "", words(answer))


def typed(client: Client, **more: object) -> dict[str, object]:
    """A form of all forms, so that no field that is missing answers before the id is looked for."""
    told = {
        "csrf_token": client.csrf_token(),
        "text": "And now?",
        "client_id": str(uuid4()),
        "title": "Mine now",
        "system_prompt": "Say what was said before.",
        "key": "sk-of-another-person-91",
        "model": "acme:gpt-5.2",
        "shelf": "pinned",
        "email": "otto@example.org",
    }
    return told | more


def summary_of(chat_id: UUID, turn_id: UUID) -> UUID:
    """A compaction of her chat, made a moment ago."""
    now = datetime.now(UTC)
    with transaction() as session:
        made = CompactionRecord(
            chat_id=chat_id, turn_id=turn_id, state="complete", why="hand", text="Of gardens.", made_at=now
        )
        session.add(made)
        session.flush()
        return made.id


@pytest.fixture
def hers(app: Flask, uma: Client, runtime: Runtime, upstream: Upstream) -> dict[str, object]:
    """An id of each thing that Uma has: a chat with an answer, a session, a key, a test of it, an override, a token."""
    upstream.stream_sse(HELLO)
    connect(runtime, Actors.ada, upstream.base_url, "gpt-5.2", type="openai")
    assert uma.post_form("/api-keys/acme", {"key": CANARY}).status_code == 302
    assert uma.save_form("/agents/choices/general", {"model": "acme:gpt-5.2"}).status_code == 302
    attempt = ask(uma, "Where does the secret garden lie?")
    uma.post_form("/api-keys/acme/test")
    with reading() as session:
        session_id = session.scalar(select(SessionRecord.id).where(SessionRecord.user_id == UMA.id))
        check_id = session.scalar(select(CheckRecord.id))
        provider_id = session.scalar(select(ProviderRecord.id))
    gates.turn(Actors.ada, runtime, "chat_sharing", on=True)
    return {
        "share_id": sharing.give(UMA, runtime, attempt.chat_id, "otto@example.org")[0],
        "compaction_id": summary_of(attempt.chat_id, attempt.turn_id),
        "chat_id": attempt.chat_id,
        "turn_id": attempt.turn_id,
        "attempt_id": attempt.id,
        "attachment_id": attach(UMA, runtime, image(), "secret garden.png").id,
        "session_id": session_id,
        "check_id": check_id,
        "provider_id": provider_id,
        "name": "acme",
        "context": "general",
        "token_id": own_tokens.create(UMA, runtime, "secret garden CI", ["chat.use"]).id,
        "application_id": register(Actors.ada, runtime).made.id,
    }


@pytest.fixture
def others(sign_in, runtime: Runtime, ada: Client) -> dict[str, Client]:
    """An administrator, and a second developer with a chat of his own: between them they may use every route."""
    with reading() as session:
        developer = session.scalar(select(RoleRecord.id).where(RoleRecord.built_in == "developer"))
    (finn,) = crowd(runtime, 1, developer)
    return {"Ada": ada, "Finn": sign_in(finn)}


def test_every_id_that_an_address_takes_is_known_here(app: Flask):
    unknown = {f"{rule.endpoint}: {name}" for rule in rules(app) for name in rule.arguments - OWNED - SHARED - NO_IDS}
    assert not unknown, "say whose these ids are: a person's own, or the deployment's"


def foreign(rule: Rule) -> list[set[str]]:
    """Which ids of an address may be hers: all that she owns, and her turn or answer under a chat of one's own."""
    owned = set(rule.arguments & OWNED)
    inner = owned - {"chat_id"}
    return [ids for ids in ((owned, inner) if inner != owned and inner else (owned,)) if ids]


def test_what_one_person_has_is_not_there_for_another_on_any_route(app: Flask, hers, others):
    tried = 0
    for who, client in others.items():
        own = ask(client, "A question of my own")
        mine = {"chat_id": own.chat_id, "turn_id": own.turn_id, "attempt_id": own.id}
        before = everything()
        for rule in rules(app):
            for ids in foreign(rule):
                for method in methods(rule):
                    where = f"{who}: {method} {rule.rule} with her {', '.join(sorted(ids))}"
                    found = visit(client, rule, method, mine | {name: hers[name] for name in ids})
                    missing = visit(client, rule, method, mine | {name: uuid4() for name in ids})
                    assert found.status_code == 404, where
                    assert said(found) == said(missing), f"{where}: it says more than of an id that names nothing"
                    tried += 1
        assert everything() == before, who
    assert tried >= 2 * 16, "as many as there were when this was written"


@pytest.mark.parametrize("more", [{"new": "yes"}, {}])
def test_a_new_chat_cannot_be_opened_under_the_id_of_anothers(hers, others, more):
    before = everything()
    for client in others.values():
        answer = client.post(f"/chat/{hers['chat_id']}/turns", data=typed(client, **more))
        assert answer.status_code == 404
        stream = {"Accept": "text/event-stream, application/json;q=0.5"}
        assert (
            client.post(f"/chat/{hers['chat_id']}/turns", data=typed(client, **more), headers=stream).status_code == 404
        )
    assert everything() == before


def test_an_id_in_a_field_or_behind_the_question_mark_opens_nothing_either(hers, others, uma: Client):
    assert "secret garden" in uma.get("/explain/me").text, "its own person finds it there"
    for client in others.values():
        own = ask(client, "A question of my own")
        before = everything()
        parent = typed(client, parent=str(hers["turn_id"]))
        assert client.post(f"/chat/{own.chat_id}/turns", data=parent).status_code == 404
        for path in (
            f"/chat/{own.chat_id}?turn={hers['turn_id']}",
            f"/chat?before=9999-01-01T00:00:00%2B00:00_{hers['chat_id']}",
            "/chat?q=garden",
            f"/explain/me?chat={hers['chat_id']}",
            f"/api-keys?check={hers['check_id']}",
            "/agents",
            "/access-tokens",
            "/profile",
        ):
            page = client.get(path)
            assert page.status_code in (200, 404), path
            assert "secret garden" not in page.text, path
            assert "What was tested" not in page.text, path
            assert str(hers["session_id"]) not in page.text, path
        assert everything() == before


def test_pages_of_ones_own_change_nothing_of_anybody_elses(app: Flask, hers, others, uma: Client):
    before = of_uma(everything())
    found = [rule for rule in rules(app) if of(BY_NAME, rule)]
    assert {rule.endpoint.split(".")[0] for rule in found} == set(BY_NAME)
    for client in others.values():
        for rule in sorted(found, key=lambda rule: "clear" in rule.rule or "remove" in rule.rule):
            for method in methods(rule):
                version = field(client.get("/agents/choices/general").text, "version")
                page = visit(client, rule, method, hers, version=version)
                assert page.status_code in (200, 302, 404), f"{method} {rule.rule}"
                assert CANARY not in page.text
        for path in ("/api-keys/acme/remove", "/api-keys/acme/test"):
            assert client.post(path, data=typed(client)).status_code == 404, "one's own key is removed by now"
    assert of_uma(everything()) == before
    assert "acme:gpt-5.2" in words(uma.get("/agents"))


def test_what_a_team_owns_is_not_there_for_the_manager_of_another(
    app: Flask, uma: Client, eve: Client, runtime: Runtime
):
    cast = two_teams(runtime)
    before, tried = everything(), 0
    for rule in filter(of_a_team, rules(app)):
        for method in methods(rule):
            for other in ("red", "deployment"):
                found = visit(eve, rule, method, {"name": other}, type="demo", typed_models="tiny")
                assert found.status_code == 404, f"{method} {rule.rule} {other}"
                assert "red" not in words(found).lower().split(), f"{method} {rule.rule}"
                tried += 1
    assert tried >= 2 * 8, "as many as there were when this was written"
    for path in ("test", "discover", "look"):
        for other in ("red", "deployment"):
            form = {"type": "demo", "name": "own", "saved_name": other}
            assert eve.post_form(f"/my-team/providers/{path}", form).status_code == 404, f"{path} {other}"
    assert eve.get(f"/explain/impact/my-team?model={cast.models['red:small']}").status_code == 404
    for model_id in (cast.models["red:small"], cast.models["deployment:small"]):
        assert eve.post_form("/my-team/default", {"model": str(model_id)}).status_code == 404
    assert everything() == before
    for path in ("/my-team", "/explain/me", "/explain/me/models", "/profile"):
        page = eve.get(path)
        assert "red:" not in page.text, path
        assert str(cast.red) not in page.text, path


def test_who_may_not_use_a_route_learns_nothing_from_its_ids(app: GuardedFlask, hers, runtime: Runtime, uma, eve):
    cast = two_teams(runtime)
    with reading() as session:
        key_id = session.scalar(select(SharedKeyRecord.id))
        role_id = session.scalar(select(RoleRecord.id))
    there = {**hers, "model_id": cast.models["red:small"], "key_id": key_id, "role_id": role_id, "gate": "ai"}
    theirs = own_tokens.create(Actors.ada, runtime, "CI", ["chat.use"])
    there |= {"id": Actors.ada.id, "user_id": Actors.ada.id, "team_id": cast.red, "held_token_id": theirs.id}
    gone: dict[str, object] = {name: uuid4() for name in there} | {"name": "nowhere", "context": "none", "gate": "none"}
    held = {uma: BUILT_IN_ROLES["developer"].permissions, eve: frozenset()}
    before, tried = everything(), 0
    for rule in rules(app):
        if rule.permission in (Permission.PUBLIC, Permission.SIGNED_IN):
            continue
        for client, permissions in held.items():
            for method in methods(rule) if rule.permission not in permissions else ():
                found, missing = (visit(client, rule, method, ids) for ids in (there, gone))
                assert found.status_code == missing.status_code == 403, f"{method} {rule.rule}"
                assert said(found) == said(missing), f"{method} {rule.rule}"
                tried += 1
    assert tried > 100
    assert everything() == before


def test_a_model_of_another_team_is_not_there_in_a_chat(uma: Client, runtime: Runtime):
    cast = two_teams(runtime)
    own = ask(uma, "A question of my own")
    before = everything()
    for model_id in (cast.models["blue:small"], uuid4()):
        form = typed(uma, model=str(model_id))
        chosen = uma.post(f"/chat/{own.chat_id}/turns", data=form)
        assert (chosen.status_code, "And now?" in chosen.text) == (422, True), "what was typed stays"
        stream = {"Accept": "text/event-stream, application/json;q=0.5"}
        assert uma.post(f"/chat/{own.chat_id}/turns", data=form, headers=stream).status_code == 422
        named = uma.post(f"/chat/{own.chat_id}/turns/{own.turn_id}/attempts", data=form)
        assert named.status_code == 404
        assert "blue" not in (chosen.text + named.text).lower().replace("appearance", "")
    assert everything() == before
