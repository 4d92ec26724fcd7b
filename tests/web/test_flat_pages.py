"""No page asks more of the database with much in it than with little, or opens more keys, whoever opens it.

The pages are those of the url map, so a new one is counted as soon as there is one.
"""

import re
from collections.abc import Container
from itertools import product
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.domain.provider_headers import TypedHeader
from portal.services import settings as portal_settings
from portal.services.access_tokens import own_tokens
from portal.services.chat import sharing
from portal.services.health import checks
from portal.services.keys.pools import Pasted
from portal.services.language_models import publishing
from portal.services.overrides import contexts, gates, own, pins
from portal.services.overrides.choices import Typed
from portal.services.people import roles, users
from portal.services.personal_keys import own_keys
from portal.services.runtime import Runtime
from portal.store.base import db, transaction
from portal.store.catalog import lock_catalog
from portal.store.people import RoleRecord
from tests.attaching import attach, image
from tests.chatting import collect_events, send_message
from tests.conftest import Actors, Client
from tests.connecting import add_key, connect, keys_of
from tests.counting import decryptions, queries
from tests.multiplying import copy_id, earlier, multiply
from tests.signing import register
from tests.teams import furnish_team
from tests.upstream import Upstream

NO_ID = "11111111-1111-1111-1111-111111111111"
EXPORTS = {"audit.export", "health.export", "profile.everything", "settings.export"}
"""They read everything that there is, a batch at a time: no page does."""

NOT_OPEN = {"sessions.set_up_form", "sessions.sign_in", "overview.home"}
"""Whoever is signed in meets no page there: the first start, the sign-in, a way on."""

SEARCHES = {"agents.search": "?context=general&q=m", "overrides.search": "?context=general&q=m"}
"""What these have to be asked."""


@pytest.fixture
def furnished(app: Flask, runtime: Runtime, upstream: Upstream) -> dict[str, str]:
    """Something of everything that an address may name, and more models than a selector shows at once."""
    ada, uma = Actors.ada, Actors.uma
    headers = [TypedHeader("x-team", "a secret of a header", secret=True)]
    connect(ada, runtime, upstream, headers=headers)
    add_key(ada, runtime, "acme", "sk-second-58c2f60e77")
    publishing.publish_ticked(ada, runtime, "acme", [Draft(f"m{number}") for number in range(70)])
    (model_id,) = _ids("SELECT id FROM language_models WHERE name = 'm1'")
    team = furnish_team(runtime)
    with transaction() as session:
        built_in = dict(iter(session.execute(select(RoleRecord.built_in, RoleRecord.id))))
    users.change(ada, runtime, Actors.eve.id, "Eve Stone", "eve@example.org", [built_in["developer"]])
    role = roles.create(ada, runtime, "Helpers", "", [Permission.CHAT], models="acme:*\nred-demo:*")
    context = contexts.add(ada, runtime, contexts.Draft("code_review", "Code review"))
    pins.pin(ada, runtime, "title_generation", Typed("acme:m1"))
    own.set_mine(uma, runtime, "general", Typed("acme:m2"))
    own_keys.save(uma, runtime, "acme", Pasted("key", {"key": "sk-own-58c2f60e7711"}))
    portal_settings.change(
        ada, runtime, portal_settings.Draft("", None, "https://chat.example.org/hooks/portal", "0123456789abcdef")
    )
    sent = send_message(uma, runtime, "hello", language_model_id=model_id)
    collect_events(uma, runtime, sent)
    gates.turn(ada, runtime, "chat_sharing", on=True)
    share_id, _ = sharing.give(uma, runtime, sent.chat_id, "otto@example.org")
    return {
        "chat_id": str(sent.chat_id),
        "turn_id": str(sent.turn_id),
        "share_id": str(share_id),
        "id": str(Actors.uma.id),
        "attachment_id": str(attach(uma, runtime, image(), "a.png").id),
        "attempt_id": str(sent.attempt_id),
        "model_id": str(model_id),
        "check_id": str(checks.check_saved(ada, runtime, "acme").id),
        "role_id": str(role),
        "user_id": str(Actors.uma.id),
        "team_id": str(team.id),
        "key_id": str(keys_of("acme")[0].id),
        "name": "acme",
        "context": context,
        "gate": "ai",
        "token": "none",
        "token_id": str(own_tokens.create(ada, runtime, "laptop", ["chat.use"]).id),
        "application_id": str(register(ada, runtime).made.id),
    }


def _ids(query: str) -> list[UUID]:
    with db.engine.connect() as connection:
        return [UUID(str(id)) for id in connection.execute(text(query)).scalars()]


def much() -> None:
    """Hundreds more of everything, of the kinds that pages show."""
    uma = "(SELECT id FROM users WHERE email = 'uma@example.org')"
    acme = "name = 'acme'"
    multiply("providers", 200, 1, where=acme, name="'copy-' || n", label="'Copy ' || n")
    multiply("applications", 100, 80, name="'copy-' || n")
    multiply("application_keys", 100, 81, application_id=copy_id(80))
    multiply("shared_keys", 200, 2, provider_id=copy_id(1))
    multiply("language_models", 200, 3, name="'copy-' || n", position="n + 1000", provider_id=copy_id(1))
    multiply("language_models", 200, 4, where="name = 'm1'", name="'more-' || n", position="n + 2000")
    multiply("checks", 400, 5, at=earlier("at"))
    multiply("checks", 200, 6, at=earlier("at"), provider_id=copy_id(1), provider_name="'copy-' || n")
    multiply("audit", 400, 7, seq="-n", at=earlier("at"))
    multiply("teams", 100, 8, name="'Copy ' || n")
    multiply(
        "users", 300, 9, email="'copy' || n || '@example.org'", name="'Copy ' || n", team_id=copy_id(8, "n % 100 + 1")
    )
    multiply("users", 100, 10, email="'more' || n || '@example.org'", name="'More ' || n", where=f"id = {uma}")
    multiply("roles", 100, 11, name="'Copy ' || n", built_in="NULL")
    multiply("role_permissions", 100, 12, role_id=copy_id(11))
    multiply("role_patterns", 100, 13, role_id=copy_id(11))
    multiply("user_roles", 300, 14, user_id=copy_id(9))
    multiply("personal_keys", 300, 15, user_id=copy_id(9))
    multiply("personal_keys", 200, 16, provider_id=copy_id(1))
    multiply("personal_overrides", 300, 17, user_id=copy_id(9))
    multiply("chats", 200, 18, changed_at=earlier("changed_at"))
    multiply("turns", 200, 19, chat_id=copy_id(18), client_id="'copy ' || n")
    multiply("attempts", 200, 20, chat_id=copy_id(18), turn_id=copy_id(19))
    multiply("contexts", 60, 21, name="'copy_' || n", label="'Copy ' || n")
    multiply("sessions", 100, 22, token_hash="'copy ' || n")
    with transaction() as session:
        lock_catalog(session)


def addresses(app: Flask, known: dict[str, str]) -> dict[str, str]:
    """One address of every page, by its endpoint; of `act` and the like the first."""

    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "filename" not in rule.arguments:
            of_team = rule.endpoint.startswith("team_providers.") or rule.endpoint == "explain.of_team_provider"
            named = {**known, "name": "red-demo"} if of_team else known

            def put_in(match: re.Match[str], named: dict[str, str] = named) -> str:
                return match[1].split(",")[0] if match[1] else named.get(match[2], NO_ID)

            found[rule.endpoint] = re.sub(r"<(?:any\(([^)]*)\):|[^<>:]*:)?(\w+)>", put_in, rule.rule)
            found[rule.endpoint] += SEARCHES.get(rule.endpoint, "")
    return found


Counts = dict[tuple[str, str], tuple[int, int, int]]
"""Of each person and page: the status, how many questions it took, and how many decryptions."""


def counted(people: dict[str, Client], pages: dict[str, str], asked: Container[tuple[str, str]]) -> Counts:
    """What is written is left out: that a session is in use is noted once a minute, on whatever page that falls."""
    found = {}
    for who, client in people.items():
        client.get("/chat")  # the catalog is read
        for endpoint, path in pages.items():
            if (who, endpoint) not in asked:
                continue
            with queries() as statements, decryptions() as decrypted:
                answer = client.get(path)
                answer.close()
            questions = sum(said.startswith(("SELECT", "WITH")) for said in statements)
            found[who, endpoint] = answer.status_code, questions, len(decrypted)
    return found


def test_every_page_is_flat_for_everybody(
    app: Flask, furnished: dict[str, str], ada: Client, otto: Client, uma: Client, eve: Client
):
    """Ada administers, Otto operates, Uma manages a team, Eve is one of its members."""
    people = {"ada": ada, "otto": otto, "uma": uma, "eve": eve}
    pages = addresses(app, furnished)
    few = counted(people, pages, list(product(people, pages)))
    shown = {key for key, (status, *_) in few.items() if status == 200}
    assert set(pages) - {endpoint for _, endpoint in shown} == NOT_OPEN
    much()
    many = counted(people, pages, shown)
    assert {key for key in shown if many[key][0] != 200} == set()
    grown = {
        key: (few[key], many[key])
        for key in shown
        if any(more > less for more, less in zip(many[key], few[key], strict=True)) and key[1] not in EXPORTS
    }
    assert grown == {}
