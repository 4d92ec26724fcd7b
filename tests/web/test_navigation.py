"""The menu and the guard cannot drift apart: what one may not use is not there, and what is there opens."""

import re

import pytest
from flask import Flask

from portal.services.health import checks
from portal.web.navigation import HOMES, MENU
from tests.connecting import connect

ALL = {entry for group in MENU for place in group.places for entry in (place.endpoint, *place.or_else)}


def menu_of(client) -> list[tuple[str, str]]:
    """Label and address of each entry, as a page shows them."""
    page = client.get("/components").get_data(as_text=True)
    nav = page.split('<nav aria-label="Portal">')[1].split("</nav>")[0]
    found = re.findall(r'<a href="([^"]+)"[^>]*><i class="bi [^"]+" aria-hidden="true"></i>([^<]+)', nav)
    return [(label.strip(), url) for url, label in found]


@pytest.mark.parametrize(
    ("person", "seen", "unseen"),
    [
        ("ada", {"Chat", "Overview", "Providers", "Models", "Health checks", "Audit", "People", "Profile"}, set()),
        ("otto", {"Overview", "Providers", "Models", "Health checks", "Audit", "Profile"}, {"Chat", "People"}),
        ("uma", {"Chat", "Profile"}, {"Overview", "Providers", "Models", "Health checks", "Audit", "People"}),
        ("eve", {"Profile"}, {"Chat", "Overview", "Providers", "Models", "Health checks", "Audit", "People"}),
    ],
)
def test_each_sees_the_places_that_they_may_use(request, app: Flask, person, seen, unseen):
    labels = {label for label, _ in menu_of(request.getfixturevalue(person))}

    built = {place.label for group in MENU for place in group.places if place.endpoint in app.view_functions}
    assert labels >= seen & built
    assert not labels & unseen


@pytest.mark.parametrize("person", ["ada", "otto", "uma", "eve"])
def test_every_place_that_is_shown_opens(request, app, person):
    client = request.getfixturevalue(person)

    assert {label: client.get(url).status_code for label, url in menu_of(client)} == {
        label: 200 for label, _ in menu_of(client)
    }


def test_the_current_place_is_marked(ada):
    page = ada.get("/profile").get_data(as_text=True)

    assert re.search(r'href="/profile" aria-current="page"', page)


def test_a_heading_without_places_is_left_out(eve):
    page = eve.get("/components").get_data(as_text=True)

    assert 'id="nav-me"' in page
    assert 'id="nav-work"' not in page
    assert 'id="nav-manage"' not in page


def test_a_failing_provider_is_counted_beside_its_place(app, runtime, actors, ada):
    name = connect(actors.otto, runtime, "http://127.0.0.1:9/v1", default_model="gpt-5.2")
    checks.check_saved(actors.otto, runtime, name)

    page = ada.get("/components").get_data(as_text=True)

    assert re.search(r'Providers\s*<span class="count">.*?</span>1<span class="visually-hidden"> failing', page)


def test_a_place_is_listed_once_and_every_home_is_a_place():
    listed = [place.endpoint for group in MENU for place in group.places]

    assert len(listed) == len(set(listed))
    assert set(HOMES) <= ALL
