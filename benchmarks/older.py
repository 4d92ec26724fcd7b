"""What the portal cost before its catalog was one snapshot: run inside a checkout of that time by `pages.py`.

    python older.py MODELS ROUNDS

Prints as JSON the seconds of processor time that a request costs after a change of one model, and what the chat page
costs and weighs. It asks the portal in the working directory, so it may use only what that one has.
"""

import json
import logging
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path.cwd()))

import structlog
from cryptography.fernet import Fernet
from sqlalchemy import insert, update

from portal import create_app
from portal.services.encryption import master_keys
from portal.services.people import sessions
from portal.services.selection import choosing
from portal.settings import Settings
from portal.store import catalog, schema
from portal.store.base import db, transaction
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord
from portal.web.context import runtime as runtime_of
from tests.conftest import Actors, Client, seat_the_cast

PROVIDERS = 40


def measured(rounds: int, work, before=lambda: None) -> float:
    found = []
    for _ in range(rounds):
        before()
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return statistics.median(found)


def fill(models: int) -> None:
    now = datetime.now(UTC)
    times = {"created_at": now, "changed_at": now}
    ids = [uuid4() for _ in range(PROVIDERS)]
    can = (["streaming"], ["streaming", "tools"], ["streaming", "tools", "vision"], [])
    with transaction() as session:
        catalog.lock_catalog(session)
        session.execute(
            insert(ProviderRecord),
            [
                {"id": id, "name": f"p{number}", "label": f"Provider {number}", "type": "demo", "base_url": "",
                 "destination": "", "proven_from": now, **times}
                for number, id in enumerate(ids)
            ],
        )  # fmt: skip
        session.execute(
            insert(LanguageModelRecord),
            [
                {"id": uuid4(), "provider_id": ids[number % PROVIDERS],
                 "name": f"vendor/family-{number % 97}-model-{number}",
                 "wire_name": f"vendor/family-{number % 97}-model-{number}",
                 "display_name": f"Family {number % 97} Model {number}", "position": number + 1,
                 "context_limit": 128_000, "features": ["actions", "conversations", "reviews"],
                 "capabilities": can[number % 4], **times}
                for number in range(models)
            ],
        )  # fmt: skip


def main(models: int, rounds: int) -> None:
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
            master_keys.require(runtime_of())
            seat_the_cast()
            fill(models)
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
            runtime = runtime_of()
            client = Client(app)
            with transaction() as session:
                token = sessions.open_session(session, runtime, Actors.ada.id, "127.0.0.1", "benchmark")
            with client.session_transaction() as cookie:
                cookie["_user_id"], cookie["_fresh"] = token, True

            def change() -> None:
                with transaction() as session:
                    catalog.lock_catalog(session)
                    model = LanguageModelRecord
                    session.execute(update(model).where(model.position == 5).values(display_name=str(uuid4())))

            choosing.current_catalog(runtime)
            after = measured(rounds, lambda: choosing.current_catalog(runtime), change)
            page = client.get("/chat")
            assert page.status_code == 200
            chat = measured(rounds, lambda: client.get("/chat"))
            print(json.dumps({"after_a_change": after, "chat": chat, "chat_bytes": len(page.data)}))
            db.engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
