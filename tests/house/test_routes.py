"""Who may use which route: the table is pinned, and asked over HTTP for every role, with and without CSRF tokens."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule, UUIDConverter

from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services.people import sessions
from portal.store.base import transaction
from portal.store.sessions import SessionRecord
from portal.web.context import runtime
from portal.web.guard import GuardedFlask
from tests.conftest import Actors, Client, seat_the_cast
from tests.house.route_table import FRESH, ROUTES

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
CAST = {"administrator": "ada", "operator": "otto", "developer": "uma", "none": "eve", "nobody": None}


@pytest.fixture(scope="module")
def cast_app(bare_app: Flask) -> Flask:
    seat_the_cast()
    return bare_app


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def something_for(converter: BaseConverter) -> object:
    """A value that the converter takes and that names nothing."""
    match converter:
        case UUIDConverter():
            return uuid4()
        case IntegerConverter():
            return 7
        case AnyConverter():
            return sorted(converter.items)[0]
    return "nothing-here"


def address(app: Flask, rule: Rule) -> str:
    values = {name: something_for(converter) for name, converter in rule._converters.items()}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False)


def visitor(app: Flask, role: str) -> Client:
    client = Client(app)
    if CAST[role]:
        with transaction() as session:
            token = sessions.open_session(session, runtime(), Actors.cast[CAST[role]].id, "127.0.0.1", "pytest")
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
    return client


def may(role: str, permission: Permission) -> bool:
    if permission is Permission.PUBLIC:
        return True
    if role == "nobody":
        return False
    held = BUILT_IN_ROLES[role].permissions if role in BUILT_IN_ROLES else frozenset()
    return permission is Permission.SIGNED_IN or permission in held


def test_the_table_of_routes_is_pinned(bare_app: Flask):
    table = sorted((rule.endpoint, method, str(rule.permission)) for rule, method in rules(bare_app))
    assert table == sorted(ROUTES)


def test_the_routes_that_want_a_fresh_sign_in_are_pinned(bare_app: Flask):
    assert sorted((rule.endpoint, method) for rule, method in rules(bare_app) if rule.fresh) == FRESH


def test_every_route_that_wants_a_fresh_sign_in_asks_for_it_and_does_nothing_before(cast_app: Flask):
    for rule, method in rules(cast_app):
        if not rule.fresh:
            continue
        client = visitor(cast_app, "administrator")
        with transaction() as session:
            session.execute(update(SessionRecord).values(proven_at=None))
        headers, form = {"X-CSRFToken": client.csrf_token()}, {"scopes": "user.manage"}
        answer = client.open(address(cast_app, rule), method=method, headers=headers, data=form)
        assert answer.status_code == 403, rule.rule
        assert rule.fresh.action in answer.get_data(as_text=True), rule.rule


def test_a_copied_rule_still_wants_a_fresh_sign_in(bare_app: Flask):
    copied = [rule.empty() for rule, _ in rules(bare_app) if rule.fresh]
    assert len(copied) == len(FRESH)
    assert all(rule.fresh for rule in copied)


@pytest.mark.parametrize("role", CAST)
def test_every_route_answers_each_role_as_the_table_says(cast_app: Flask, role: str):
    for rule, method in rules(cast_app):
        if rule.endpoint in ("static", "bootstrap.static"):
            continue
        client = visitor(cast_app, role)
        headers = {"X-CSRFToken": client.csrf_token(), "Accept": "text/html"} if method in UNSAFE else {}
        answer = client.open(address(cast_app, rule), method=method, headers=headers)
        where = f"{role}: {method} {rule.rule} → {answer.status_code}"
        answer.close()
        if may(role, rule.permission):
            assert answer.status_code not in (401, 403, 500), where
        elif role == "nobody":
            assert answer.status_code == 401 or "/sign-in" in answer.headers.get("Location", ""), where
        else:
            assert answer.status_code == 403, where


@pytest.mark.parametrize("role", CAST)
def test_no_unsafe_route_works_without_a_csrf_token(cast_app: Flask, role: str):
    for rule, method in rules(cast_app):
        if method not in UNSAFE:
            continue
        answer = visitor(cast_app, role).open(address(cast_app, rule), method=method)
        where = f"{role}: {method} {rule.rule} → {answer.status_code}"
        if may(role, rule.permission):
            assert answer.status_code == 400, where
            assert "form" in answer.get_data(as_text=True).lower(), where
        else:
            assert answer.status_code in (401, 403), where


def test_a_route_without_a_permission_stops_the_start():
    app = GuardedFlask("bare", static_folder=None)
    with pytest.raises(TypeError, match="permission"):
        app.add_url_rule("/bare", view_func=lambda: "hello")


def test_a_permission_is_not_a_string():
    app = GuardedFlask("bare", static_folder=None)
    with pytest.raises(TypeError, match="must be a Permission"):
        app.add_url_rule("/bare", view_func=lambda: "hello", permission="llm_provider.view")


def test_a_rule_slipped_in_behind_the_guard_answers_nobody(cast_app: Flask):
    rule = Rule("/slipped-in", endpoint="slipped_in", methods=["GET"])
    cast_app.url_map.add(rule)
    cast_app.view_functions["slipped_in"] = lambda: "hello"
    try:
        assert visitor(cast_app, "administrator").get("/slipped-in").status_code == 403
    finally:
        cast_app.url_map._rules.remove(rule)
        cast_app.url_map._rules_by_endpoint.pop("slipped_in")
        cast_app.url_map._remap = True


def test_an_unknown_path_stays_unknown(cast_app: Flask):
    client: FlaskClient = visitor(cast_app, "administrator")
    assert client.get("/no-such-page").status_code == 404
