"""What grew with providers and checks, in whichever build stands in the working directory: run by `table.py`.

    python either.py CHECKS

For each line that it is given it prints, as JSON, the seconds of processor time of the smallest page, of the overview
and of a provider's page, with 200 providers that have a key each and so many checks. It asks the portal in the working
directory, so it may use only what both builds have.
"""

import json
import logging
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

import structlog
from cryptography.fernet import Fernet

from benchmarks import health_checks
from portal import create_app
from portal.services.encryption import master_keys
from portal.services.keys import shared_keys
from portal.settings import Settings
from portal.store import providers as stored_providers
from portal.store import schema
from portal.store.base import db, transaction
from portal.web.context import runtime as runtime_of
from tests.conftest import Actors

PAGES = {"smallest": "/profile", "overview": "/overview", "provider": "/providers/acme-17"}


def main(checks: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            database_url=f"sqlite:///{folder}/portal.db",
            secret_key="benchmark",  # noqa: S106 - signs nothing that leaves this process
            master_key=Fernet.generate_key().decode(),
        )
        schema.migrate(settings.database)
        app = create_app(settings, environment={})
        with app.app_context():
            runtime = runtime_of()
            master_keys.require(runtime)
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
            for _id, name in health_checks.fill(checks):
                with transaction() as session:
                    provider = stored_providers.find(session, name)
                    assert provider is not None
                    shared_keys.add(session, runtime, Actors.ada, provider, f"sk-{name}-4f9a01c2")
            client = health_checks.signed_in(app, runtime)

            def took(address: str) -> float:
                began = time.process_time()
                answer = client.get(address)
                spent = time.process_time() - began
                assert answer.status_code == 200, (address, answer.status_code)
                return spent

            for address in PAGES.values():
                took(address)
            print(json.dumps(checks), flush=True)
            for _ in sys.stdin:
                print(json.dumps({name: took(address) for name, address in PAGES.items()}), flush=True)
            db.engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]))
