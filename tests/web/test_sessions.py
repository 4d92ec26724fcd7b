import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from portal.domain.attempts import PAIR
from portal.services.people import passwords, set_up
from portal.store.base import reading, transaction
from portal.store.people import UserRecord, UserRoleRecord
from portal.store.sessions import SessionRecord
from portal.web.sessions.views import local_path
from tests.conftest import Actors

PASSWORD = "a correct horse"


@pytest.fixture
def uma_can_sign_in(app) -> None:
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).password_hash = hashed


def enter(client, path="/sign-in", email="uma@example.org", password=PASSWORD, **more):
    return client.post_form(path, {"email": email, "password": password}, **more)


def rows() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(SessionRecord))


def cookie_of(client) -> dict[str, object]:
    with client.session_transaction() as cookie:
        return dict(cookie)


def test_a_stranger_is_sent_to_the_door_and_back(nobody, uma_can_sign_in):
    sent = nobody.get("/profile?a=1", headers={"Accept": "text/html"})
    assert sent.status_code == 302
    assert sent.headers["Location"] == "/sign-in?next=/profile?a%3D1"
    assert nobody.get(sent.headers["Location"]).status_code == 200
    back = enter(nobody, sent.headers["Location"])
    assert (back.status_code, back.headers["Location"]) == (302, "/profile?a=1")
    assert nobody.get("/profile").status_code == 200


def test_signing_in_leads_home_and_the_door_is_then_behind_one(nobody, uma_can_sign_in):
    assert enter(nobody).headers["Location"] == "/"
    assert nobody.get("/sign-in").headers["Location"] == "/"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_the_way_back_leads_nowhere_else(nobody, uma_can_sign_in, wanted):
    assert local_path(wanted) is None
    answer = nobody.post_form(
        "/sign-in", {"email": "uma@example.org", "password": PASSWORD}, query_string={"next": wanted}
    )
    assert answer.headers["Location"] == "/"


def test_the_cookie_is_kept_from_scripts_and_other_sites(nobody, uma_can_sign_in):
    cookie = enter(nobody).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_a_session_that_was_planted_before_signing_in_is_worth_nothing(app, nobody, otto, uma_can_sign_in):
    """Otto plants his own cookie in Uma's browser; after she signs in it must not be hers."""
    planted = cookie_of(otto)["_user_id"]
    with nobody.session_transaction() as cookie:
        cookie["_user_id"] = planted
        cookie["planted"] = "yes"
    enter(nobody)
    after = cookie_of(nobody)
    assert after["_user_id"] != planted
    assert "planted" not in after
    assert otto.get("/profile").status_code in (302, 401)


def test_a_wrong_password_keeps_the_e_mail_and_says_one_sentence(nobody, uma_can_sign_in):
    answer = enter(nobody, password="a wrong horse")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="uma@example.org"' in page
    assert "a wrong horse" not in page
    assert "do not go together" in page
    assert "Set-Cookie" not in answer.headers or "_user_id" not in cookie_of(nobody)
    unknown = enter(nobody, email="nobody@example.org", password="a wrong horse").get_data(as_text=True)
    plain = re.sub(r'name="csrf_token"[^>]*>|uma@|nobody@', "", page)
    assert re.sub(r'name="csrf_token"[^>]*>|uma@|nobody@', "", unknown) == plain


def test_too_many_tries_are_told_to_wait(nobody, uma_can_sign_in):
    for _ in range(PAIR.free):
        assert enter(nobody, password="a wrong horse").status_code == 422
    answer = enter(nobody)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"].isdigit()
    assert "Too many tries. Wait" in answer.get_data(as_text=True)


def test_a_browser_that_signed_in_before_is_not_kept_out_by_others(nobody, sign_in, uma_can_sign_in):
    assert enter(nobody).status_code == 302
    known = nobody.get_cookie("portal_known")
    assert (known.http_only, known.same_site, known.max_age) == (True, "Lax", 400 * 24 * 3600)
    assert "uma" not in known.decoded_value
    nobody.post_form("/sign-out")
    stranger = sign_in(None)
    for _ in range(PAIR.free):
        enter(stranger, password="a wrong horse")
    assert enter(stranger).status_code == 429

    assert enter(nobody).status_code == 302


def test_a_cookie_of_a_known_browser_that_nobody_signed_counts_for_nothing(nobody, sign_in, uma_can_sign_in):
    enter(nobody)
    forged = sign_in(None)
    forged.set_cookie("portal_known", nobody.get_cookie("portal_known").value[:-2] + "xx")
    for _ in range(PAIR.free):
        enter(forged, password="a wrong horse")

    assert enter(sign_in(None)).status_code == 429, "it was counted with all others of the address"


def test_signing_out_deletes_the_row_and_the_cookie_dies_with_it(uma):
    held = cookie_of(uma)["_user_id"]
    answer = uma.post_form("/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
    assert rows() == 0
    with uma.session_transaction() as cookie:
        cookie["_user_id"] = held
    assert uma.get("/profile", headers={"Accept": "text/html"}).status_code == 302


def test_signing_out_is_a_form_not_a_link(uma):
    assert uma.get("/sign-out").status_code == 405
    assert uma.post("/sign-out").status_code == 400
    assert rows() == 1


def test_a_cookie_that_was_tampered_with_opens_nothing(app, nobody):
    for value in ("nobody's token", 7, None, ["x"]):
        with nobody.session_transaction() as cookie:
            cookie["_user_id"] = value
        assert nobody.get("/profile", headers={"Accept": "text/html"}).status_code == 302


def test_an_idle_session_meets_the_door(uma):
    with transaction() as session:
        row = session.scalars(select(SessionRecord)).one()
        row.last_seen_at -= timedelta(hours=2, minutes=1)
    assert "/sign-in" in uma.get("/profile", headers={"Accept": "text/html"}).headers["Location"]


def test_a_set_up_link_makes_the_administrator_and_signs_them_in(nobody, runtime):
    with transaction() as session:
        session.execute(delete(UserRoleRecord))
        session.execute(delete(UserRecord))
    link = set_up.issue(runtime)
    endpoint = nobody.get("/sign-in").get_data(as_text=True)
    assert "Nobody has an account yet." in endpoint
    assert "<form" not in endpoint
    assert link not in endpoint
    assert nobody.get("/set-up/guess").status_code == 404
    assert nobody.get(link).status_code == 200
    typed = {"name": "Grace Hill", "email": "grace@example.org", "password": "short", "again": ""}
    answer = nobody.post_form(link, typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Grace Hill"' in page
    assert "at least 12" in page
    assert "short" not in re.findall(r'value="([^"]*)"', page)
    answer = nobody.post_form(link, typed | {"password": PASSWORD, "again": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert nobody.get("/people").status_code == 200
    with reading() as session:
        assert session.scalar(select(UserRecord.last_signed_in_at)) is not None
    assert nobody.get(link).status_code == 404
    assert nobody.post_form(link, typed).status_code == 404
