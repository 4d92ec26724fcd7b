"""An application without a cast, for questions about its wiring."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from portal import create_app
from portal.settings import Settings
from portal.store.base import db
from tests.databases import Databases


@pytest.fixture(scope="module")
def bare_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with databases.one("sqlite") as url:
        made = create_app(
            Settings(
                data_dir=tmp_path_factory.mktemp("data"),
                database_url=url,
                secret_key="tests",
                master_key=Fernet.generate_key().decode(),
            ),
            environment={},
        )
        with made.app_context():
            yield made
            db.engine.dispose()
