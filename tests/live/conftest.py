"""Genuine servers, started once a run, and a portal that is used as its pages are."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.databases import Databases
from tests.live import servers
from tests.live.pages import Pages
from tests.live.servers import Server
from tests.upstream import Upstream

BEHIND_KEY = "sk-behind-the-proxy"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/live/"):
            item.add_marker(pytest.mark.live)


@pytest.fixture
def database_url(databases: Databases, seated: bool) -> Iterator[str]:
    """SQLite alone: what differs between the databases is tested elsewhere."""
    with databases.one("sqlite", seated=seated) as url:
        yield url


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.llama_cpp(tmp_path_factory.mktemp("llama")) as server:
        yield server


@pytest.fixture(scope="session")
def litellm(tmp_path_factory: pytest.TempPathFactory, llama: Server) -> Iterator[Server]:
    # llama.cpp's server takes one question at a time and waits for whoever asked before to hang up, as no proxy does:
    # what is not about it is asked of a scripted provider.
    with Upstream.openai(key=BEHIND_KEY, models=["m-1"]) as scripted:
        behind = Server(scripted.base_url, "m-1", BEHIND_KEY)
        with servers.litellm(tmp_path_factory.mktemp("litellm"), behind, llama) as server:
            yield server


@pytest.fixture(scope="session")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.transformers_serve(tmp_path_factory.mktemp("transformers")) as server:
        yield server


@pytest.fixture
def pages(ada: FlaskClient) -> Pages:
    return Pages(ada)
