"""What an administrator changes in one process holds in the other at once, and two cannot undo each other."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.databases import KINDS, Databases
from tests.processes.portal_process import ADMIN, Browser, running
from tests.waiting import PATIENCE

PASSWORD = "correct horse battery too"


def id_of(browser: Browser, email: str) -> str:
    page = browser.get(f"/people?q={email}").text
    return re.search(rf'href="/people/([0-9a-f-]{{36}})"(?:(?!</tr>).)*{email}', page, re.DOTALL)[1]


def role_id(page: str, name: str) -> str:
    return re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>\s*<label[^>]*>{name}', page)[1]


def add(browser: Browser, name: str, email: str, role: str) -> None:
    role = role_id(browser.get("/people/new").text, role)
    typed = {"name": name, "email": email, "roles": role, "password": "a first password"}
    assert browser.post("/people/new", typed).status_code == 200


def newcomer(url: str, email: str) -> Browser:
    """Somebody who signs in for the first time and chooses a password."""
    browser = Browser(url).sign_in(email, "a first password")
    typed = {"current": "a first password", "new": PASSWORD, "again": PASSWORD}
    assert browser.post("/profile/password", typed).status_code == 200
    return browser


def demotion(browser: Browser, email: str) -> Callable[[], int]:
    """The form that makes somebody a Developer, filled in and ready to be sent; the status of the answer."""
    path = f"/people/{id_of(browser, email)}"
    page = browser.get(path).text
    typed = {
        "csrf_token": browser.token(path),
        "version": re.search(r'name="version"[^>]*value="([^"]+)"', page)[1],
        "name": "Demoted",
        "email": email,
        "roles": role_id(page, "Developer"),
    }
    send = partial(browser.session.post, browser.url + path, data=typed, allow_redirects=False, timeout=PATIENCE)
    return lambda: send().status_code


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_agree_on_people_at_once(tmp_path: Path, databases: Databases, kind: str):
    data = tmp_path / "data"
    with databases.one(kind, migrated=False) as url:
        environ = ADMIN | {"PORTAL_DATABASE_URL": url}
        with running(data, **environ) as one, running(data, **environ) as other:
            ada = Browser(one.url).sign_in()
            add(ada, "Uma Ortiz", "uma@example.org", "Developer")
            add(ada, "Ben Marsh", "ben@example.org", "Administrator")
            uma, ben = newcomer(other.url, "uma@example.org"), newcomer(other.url, "ben@example.org")

            uma_id = id_of(ada, "uma@example.org")
            ada.post(f"/people/{uma_id}/disable", {}, page=f"/people/{uma_id}")
            assert uma.get("/profile").url.startswith(f"{other.url}/sign-in")

            turns = [demotion(ada, "ben@example.org"), demotion(ben, "ada@example.org")]

            with ThreadPoolExecutor(2) as pool:
                answers = sorted(pool.map(lambda send: send(), turns))
            assert answers in ([302, 403], [302, 409], [302, 422])
            assert sorted(browser.get("/people").status_code for browser in (ada, ben)) == [200, 403]
