"""Lists of models as servers in the field really gave them: from the socket to the page that offers them."""

import pytest
from flask.testing import FlaskClient

from tests.conftest import Actors
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
