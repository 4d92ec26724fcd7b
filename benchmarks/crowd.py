"""A large deployment in a database: what the benchmarks of the catalog and of pages measure on."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import insert, text

from portal import create_app
from portal.domain.permissions import Permission
from portal.services.encryption import master_keys
from portal.settings import Settings
from portal.store import catalog, schema
from portal.store.base import db, transaction
from portal.store.language_models import LanguageModelRecord
from portal.store.overrides import OverrideRecord, PersonalOverrideRecord
from portal.store.people import RolePermissionRecord, RoleRecord, TeamRecord, UserRecord, UserRoleRecord
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.providers import ProviderRecord
from portal.store.role_patterns import RolePatternRecord
from portal.vault import Vault
from portal.web.context import runtime as runtime_of
from tests.conftest import seat_the_cast
from tests.postgresql import PostgreSQL

NAMESPACE = UUID("6f1c7f5e-5d5b-4b43-8c8d-0f2f6f6f0b11")
PROVIDERS, ROLES, OVERRIDES, TEAMS, PERSONAL_KEYS = 40, 50, 1000, 20, 500
FEATURES = ["actions", "conversations", "reviews"]
CAPABILITIES = (["streaming"], ["streaming", "tools"], ["streaming", "tools", "vision"], [])
BATCH = 1000


def id_of(kind: str, number: int) -> UUID:
    return uuid5(NAMESPACE, f"{kind}-{number}")


def models_of(models: int) -> list[dict[str, Any]]:
    """The rows of so many models; each provider has as many, two of each kind: a name and its snapshot."""
    now = datetime.now(UTC)
    return [
        {
            "id": id_of("model", number),
            "provider_id": id_of("provider", number % PROVIDERS),
            "name": f"vendor/family-{number % 97}-model-{number}",
            "wire_name": "demo-small",
            "display_name": f"Family {number % 97} Model {number}",
            "description": "Answers questions, writes code and reads pictures." if number % 3 else "",
            "position": number + 1,
            "context_limit": (8_192, 128_000, 200_000, 1_000_000)[kind % 4],
            "features": FEATURES,
            "capabilities": CAPABILITIES[kind // 2 % 4],
            "prices": {"input": f"{kind % 7 + 1}.25", "output": f"{kind % 7 + 1}0"} if kind % 3 else {},
            "options": {"temperature": 0.2} if kind % 5 == 0 else {},
            "retires_on": date(2030, 1, 1) + timedelta(days=number) if number % 50 == 0 else None,
            "created_at": now,
            "changed_at": now,
        }
        for number, kind in ((number, number // PROVIDERS // 2) for number in range(models))
    ]


def fill(models: int, people: int, vault: Vault) -> None:
    """So many models at the demo's providers and so many people, with roles, patterns, teams, overrides and keys."""
    pick = random.Random(7)  # noqa: S311 - a crowd, no secret
    now = datetime.now(UTC)
    times = {"created_at": now, "changed_at": now}
    roles = [id_of("role", number) for number in range(ROLES)]
    person = [id_of("person", number) for number in range(people)]
    overriding = pick.sample(range(people), min(OVERRIDES, people))
    with_key = pick.sample(range(people), min(PERSONAL_KEYS, people))
    rows: dict[type, list[dict[str, Any]]] = {
        TeamRecord: [
            {"id": id_of("team", number), "name": f"Team {number}", "entitled": number % 2 == 0,
             "exclusive": False, "created_at": now}
            for number in range(TEAMS)
        ],
        ProviderRecord: [
            {"id": id_of("provider", number), "name": f"p{number}", "label": f"Provider {number}", "type": "demo",
             "base_url": "", "destination": "", "proven_from": now,
             "team_id": id_of("team", PROVIDERS - 1 - number) if number >= PROVIDERS - 4 else None, **times}
            for number in range(PROVIDERS)
        ],
        LanguageModelRecord: models_of(models),
        RoleRecord: [
            {"id": id, "name": f"Role {number}", "description": "", "created_at": now}
            for number, id in enumerate(roles)
        ],
        RolePermissionRecord: [{"role_id": id, "permission": Permission.CHAT.value} for id in roles],
        RolePatternRecord: [
            {"role_id": id, "pattern": pattern, "position": place}
            for number, id in enumerate(roles)
            for place, pattern in enumerate(
                (f"p{number % PROVIDERS}:*", f"*:*family-{number}-*", f"p{(number + 7) % PROVIDERS}:*model-1*")
            )
        ],
        UserRecord: [
            {"id": id, "email": f"person{number}@example.org", "name": f"Person {number}", "password_hash": "-",
             "team_id": id_of("team", number % TEAMS) if number % 4 == 0 else None, "created_at": now}
            for number, id in enumerate(person)
        ],
        UserRoleRecord: [
            {"user_id": id, "role_id": role} for id in person for role in pick.sample(roles, pick.choice((1, 1, 2)))
        ],
        OverrideRecord: [
            {"context": context, "language_model_id": id_of("model", place), "effort": "", "changed_at": now}
            for place, context in enumerate(("title_generation", "compaction"))
        ],
        PersonalOverrideRecord: [
            {"user_id": person[number], "context": "root", "language_model_id": id_of("model", pick.randrange(models)),
             "effort": "", "changed_at": now}
            for number in overriding
        ],
        PersonalKeyRecord: [
            {"id": uuid4(), "user_id": person[number], "provider_id": id_of("provider", number % PROVIDERS),
             "encrypted": "-", "destination": "", "master_key_id": vault.master_key_ids[0], "fingerprint": "00000000",
             "created_at": now}
            for number in with_key
        ],
    }  # fmt: skip
    with transaction() as session:
        state = catalog.lock_catalog(session)
        for record, several in rows.items():
            for start in range(0, len(several), BATCH):
                session.execute(insert(record), several[start : start + BATCH])
        state.default_id = id_of("model", 0)


@contextmanager
def empty(server: PostgreSQL | None = None) -> Iterator[Flask]:
    """A portal with nothing in its database, inside its application context: a SQLite file, or one of that server."""
    with tempfile.TemporaryDirectory() as folder, _database(Path(folder), server) as address:
        settings = Settings(
            data_dir=Path(folder),
            database_url=address,
            secret_key="benchmark",  # noqa: S106 - signs nothing that leaves this process
            master_key=Fernet.generate_key().decode(),
        )
        schema.migrate(settings.database)
        app = create_app(settings, environment={})
        with app.app_context():
            master_keys.require(runtime_of())
            try:
                yield app
            finally:
                db.engine.dispose()


@contextmanager
def _database(folder: Path, server: PostgreSQL | None) -> Iterator[str]:
    if server is None:
        yield f"sqlite:///{folder}/portal.db"
        return
    address = server.borrow(migrated=False)
    try:
        yield address
    finally:
        server.take_back(address, migrated=False)


@contextmanager
def deployment(models: int, people: int, server: PostgreSQL | None = None) -> Iterator[Flask]:
    """The same with the cast and a crowd in it, and what a server learns of its tables after a while."""
    with empty(server) as app:
        seat_the_cast()
        fill(models, people, runtime_of().vault)
        with transaction() as session:
            session.execute(text("ANALYZE"))
        yield app
