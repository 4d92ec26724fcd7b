"""Lists of models as servers in the field really gave them: from the socket to the page that offers them."""

import pytest
from flask.testing import FlaskClient

from tests.field.replay import Portal, replay, text_of
from tests.upstream import steps


def discovered(portal: Portal, ada: FlaskClient, step) -> str:
    portal.upstream.script(step)
    portal.connect()
    return ada.post_form("/models/discover", {"provider": "acme"}).text


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("u20a", {"alpha-1", "beta-2"}),
        ("u20b", {"@cf/acme/alpha", "@cf/acme/beta"}),
        ("u20c", {"alpha-1", "beta-2"}),
        ("u20d", {"alpha-1", "beta-2", "gamma", "delta-4"}),
    ],
)
def test_names_are_found_in_whatever_shape_they_come(portal: Portal, ada: FlaskClient, name, names):
    page = discovered(portal, ada, replay(name))
    assert all(f">{name}<" in page or f'"{name}"' in page for name in names), text_of(page)
    assert "lists no models" not in page


def test_rows_without_any_name_are_not_told_as_no_models(portal: Portal, ada: FlaskClient):
    page = discovered(portal, ada, steps.respond(json={"data": [{"id": 7}, {"id": 8}, {"id": 9}]}))
    assert "It lists 3 models, and none with a name that the portal can find." in text_of(page)
    assert "lists no models" not in page


def test_limits_and_modes_of_litellms_listing_are_read(portal: Portal, ada: FlaskClient):
    rows = [
        {"id": "big", "mode": "chat", "max_input_tokens": 262_144, "max_output_tokens": 65_536},
        {"id": "vectors", "mode": "embedding", "max_input_tokens": 8_191},
        {"id": "newest", "mode": "responses", "max_input_tokens": 400_000},
        {"id": "silent", "mode": None},
    ]
    page = discovered(portal, ada, steps.respond(json={"object": "list", "data": rows}))
    assert 'value="262144"' in page
    assert page.count("probably not for chats</span>") == 1
    assert "answers to the responses API only" not in page, "LiteLLM carries chats over to that API by itself"
    assert page.count(">assumed<") == 1, "whose limit is not told is assumed, and that is said"
