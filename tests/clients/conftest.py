"""One portal before one provider of each API, for all clients of a run; and a token for it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portal.domain.language_models import Draft as Model
from portal.domain.people import Actor
from portal.domain.permissions import BUILT_IN_ROLES
from portal.services.access_tokens import own_tokens
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.serving import build
from portal.settings import Settings
from portal.store import people
from portal.store.base import db, reading
from portal.web.context import runtime
from tests.clients.vendors import VENDORS, Vendor
from tests.processes.portal_process import ADMIN, running
from tests.upstream import Upstream

ODD = "its-$(id)-{env:HOME}-模型"
"""One more name of each provider's model, as people may give it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/clients/"):
            item.add_marker(pytest.mark.clients)


@dataclass
class Behind:
    """One provider behind the portal: what it is made to say, what it was asked, and its model's name at the portal."""

    vendor: Vendor
    upstream: Upstream

    @property
    def model(self) -> str:
        return f"{self.vendor.type}/{self.vendor.model}"

    def forget(self) -> None:
        self.vendor.forget()
        self.upstream.forget()
        self.upstream.go.clear()
        self.upstream.left = 0


@dataclass(frozen=True)
class Portal:
    """What a developer is told: an address and a token. `behind` are the providers by their types."""

    url: str
    token: str
    behind: dict[str, Behind]


@pytest.fixture(scope="session")
def whole_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with ExitStack() as stack:
        behind = {}
        for kind in VENDORS:
            vendor = kind()
            behind[kind.type] = Behind(vendor, stack.enter_context(Upstream(handler=vendor)))
        data = tmp_path_factory.mktemp("clients") / "data"
        token = _furnished(data, behind)
        portal = stack.enter_context(running(data, **ADMIN))
        yield Portal(portal.url, token, behind)


def _furnished(data: Path, behind: dict[str, Behind]) -> str:
    """The portal's data, with these providers, their models, and a token of the administrator."""
    settings = Settings(
        data_dir=data, admin_email=ADMIN["PORTAL_ADMIN_EMAIL"], admin_password=ADMIN["PORTAL_ADMIN_PASSWORD"]
    )
    with build(settings).app_context():
        with reading() as session:
            ada = people.user_by_email(session, ADMIN["PORTAL_ADMIN_EMAIL"])
            assert ada is not None
            actor = Actor(ada.id, ada.name, BUILT_IN_ROLES["administrator"].permissions, "127.0.0.1")
        for kind, one in behind.items():
            settings_ = {"region": "us-east-1"} if kind == "bedrock" else {}
            address = one.upstream.url + one.vendor.path
            draft = Draft(kind, kind, kind.title(), address, settings_, key="key-0123456789abcdef")
            model = Model(name=one.vendor.model, wire_name=one.vendor.model, context_limit=200_000)
            registry.register(actor, runtime(), draft, [model, replace(model, name=ODD)])
        token = own_tokens.create(actor, runtime(), "laptop", ["chat.use"]).value.bare()
        db.engine.dispose()
    return token


@pytest.fixture
def portal(whole_portal: Portal) -> Iterator[Portal]:
    """The portal, with nothing scripted."""
    yield whole_portal
    for one in whole_portal.behind.values():
        one.forget()


@pytest.fixture(params=[kind.type for kind in VENDORS])
def behind(request: pytest.FixtureRequest, portal: Portal) -> Behind:
    """Each provider in turn."""
    return portal.behind[request.param]
