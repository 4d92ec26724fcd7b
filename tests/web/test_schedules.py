"""The page of a provider's schedule, and what the provider's page tells of it."""

import pytest

from portal.services.runtime import Runtime
from tests.conftest import Actors, Client
from tests.connecting import connect
from tests.upstream import Upstream
from tests.web.test_providers import words


@pytest.fixture
def acme(runtime: Runtime, upstream: Upstream) -> str:
    return connect(Actors.ada, runtime, upstream, label="Acme")


def test_a_schedule_is_set_changed_and_ended(otto: Client, acme: str):
    assert "only when somebody asks" in words(otto.get("/providers/acme"))
    page = otto.get("/health-checks/of/acme")
    assert "Free. It shows that the server answers." in words(page)
    assert "costs the tokens" in words(page)
    saved = otto.save_form("/health-checks/of/acme", {"minutes": "5", "probe": "list"}, follow_redirects=True)
    assert "Acme is checked every 5 minutes." in words(saved)
    assert "every 5 minutes, lists models, free" in words(saved)
    assert 'value="5"' in otto.get("/health-checks/of/acme").text
    otto.save_form("/health-checks/of/acme", {"minutes": "1.5", "probe": "ping"})
    assert "every 90 seconds, asks for one token" in words(otto.get("/providers/acme"))
    ended = otto.save_form("/health-checks/of/acme", {"minutes": "", "probe": "ping"}, follow_redirects=True)
    assert "Acme is checked only when somebody asks." in words(ended)


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        ("0.5", "Use 1 to 10,080 minutes"),
        ("99999", "Use 1 to"),
        ("often", "Write a number of minutes"),
        ("nan", "Write a number of minutes"),
    ],
)
def test_an_interval_that_cannot_be_is_said_beside_its_field(otto: Client, acme: str, minutes: str, says: str):
    answer = otto.post_form("/health-checks/of/acme", {"minutes": minutes, "probe": "list"})
    assert answer.status_code == 422
    assert says in words(answer)
    assert f'value="{minutes}"' in answer.text


def test_a_provider_that_is_not_there_is_404(ada: Client):
    assert ada.get("/health-checks/of/nowhere").status_code == 404
    assert ada.post_form("/health-checks/of/nowhere", {"minutes": "5"}).status_code == 404


def test_uma_and_eve_do_not_get_there(uma: Client, eve: Client, acme: str):
    for client in (uma, eve):
        assert client.get("/health-checks/of/acme").status_code == 403
        assert client.post_form("/health-checks/of/acme", {"minutes": "5"}).status_code == 403
