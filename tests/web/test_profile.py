import re

import pytest

from portal.services.people import passwords, sessions, users
from portal.store.base import transaction
from portal.store.people import UserRecord
from tests.conftest import Actors

OLD, NEW = "a correct horse", "a newer horse still"


@pytest.fixture
def uma_has_a_password(app) -> None:
    hashed = passwords.hash_password(OLD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).password_hash = hashed


def another_session(runtime, user_id=Actors.uma.id) -> tuple[str, object]:
    with transaction() as session:
        token = sessions.open_session(
            session, runtime, user_id, "198.51.100.9", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
        )
    return token, sessions.find(token, runtime).session_id


def test_everybody_has_a_profile_also_without_a_role(eve):
    page = eve.get("/profile").get_data(as_text=True)
    assert "Eve Stone" in page
    assert "None yet" in page


def test_a_name_is_changed_and_a_wrong_one_is_kept_to_be_corrected(uma):
    assert uma.save_form("/profile", {"name": "Uma Lee"}).status_code == 302
    assert "Uma Lee" in uma.get("/profile").get_data(as_text=True)
    answer = uma.post_form("/profile", {"name": "x" * 121})
    assert answer.status_code == 422
    assert "x" * 121 in answer.get_data(as_text=True)
    assert "at most 120" in answer.get_data(as_text=True)


def test_sessions_are_listed_in_words_and_ended_one_by_one(uma, runtime):
    token, session_id = another_session(runtime)
    page = uma.get("/profile").get_data(as_text=True)
    assert "Firefox on Linux" in page
    assert "198.51.100.9" in page
    assert page.count("This session") == 1
    assert token not in page
    assert uma.post_form(f"/profile/sessions/{session_id}/end").status_code == 302
    assert sessions.find(token, runtime) is None
    assert uma.post_form(f"/profile/sessions/{session_id}/end").status_code == 404


def test_somebody_elses_session_is_not_there(uma, ada, runtime):
    token, session_id = another_session(runtime, Actors.ada.id)
    assert uma.post_form(f"/profile/sessions/{session_id}/end").status_code == 404
    assert sessions.find(token, runtime)


def test_signing_out_everywhere_else_keeps_this_browser(uma, runtime):
    token, _ = another_session(runtime)
    assert uma.post_form("/profile/sessions/end-others").status_code == 302
    assert sessions.find(token, runtime) is None
    assert "One other session has ended" in uma.get("/profile").get_data(as_text=True)


def test_a_changed_password_ends_the_other_sessions_and_keeps_this(uma, runtime, uma_has_a_password):
    token, _ = another_session(runtime)
    answer = uma.post_form("/profile/password", {"current": OLD, "new": NEW, "again": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/profile")
    assert sessions.find(token, runtime) is None
    assert uma.get("/profile").status_code == 200


def test_a_password_form_never_writes_a_password_back(uma, uma_has_a_password):
    answer = uma.post_form("/profile/password", {"current": "a wrong horse", "new": NEW, "again": NEW})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Type it again" in page
    assert "a wrong horse" not in page
    assert NEW not in page
    assert not re.search(r'type="password"[^>]*value=', page)


def test_with_a_first_password_every_page_leads_to_a_new_one(sign_in, runtime, actors):
    reset = users.reset_password(actors.ada, runtime, Actors.uma.id)
    uma = sign_in(Actors.uma.id)
    for path in ("/profile", "/", "/chat"):
        assert uma.get(path).headers["Location"] == "/profile/password"
    assert uma.post_form("/profile", {"name": "Uma"}).headers["Location"] == "/profile/password"
    assert "Ada Marsh set this password" in uma.get("/profile/password").get_data(as_text=True)
    answer = uma.post_form("/profile/password", {"current": reset.password, "new": NEW, "again": NEW})
    assert answer.headers["Location"] == "/"
    assert uma.get("/profile").status_code == 200
