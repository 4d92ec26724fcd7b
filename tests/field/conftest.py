"""A portal whose provider answers as servers in the field did."""

import pytest
from flask.testing import FlaskClient

from portal.services.runtime import Runtime
from tests.conftest import Actors
from tests.field.replay import Portal
from tests.upstream import Upstream


@pytest.fixture
def portal(runtime: Runtime, ada: FlaskClient, upstream: Upstream) -> Portal:
    return Portal(runtime, Actors.ada, ada, upstream)
