"""A portal with something in it, and an empty one beside it."""

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet
from flask import Flask

from portal import create_app
from portal.domain.language_models import Draft as ModelDraft
from portal.services import settings
from portal.services.configuration.files import GivenFile
from portal.services.encryption import master_keys
from portal.services.overrides import contexts, gates, pins
from portal.services.overrides.choices import Typed
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.services.settings import Draft as SettingsDraft
from portal.settings import Settings
from portal.store.base import db
from portal.web.context import runtime as runtime_of
from tests.conftest import CANARY, Actors, seat_the_cast
from tests.databases import Databases

ADA = Actors.ada
GPT = ModelDraft(
    "gpt-5.2",
    display_name="GPT-5.2",
    aliases=("fast", "gpt-*"),
    prices={"input": "1.75", "output": "14"},
    options={"temperature": 0.5},
    features=("conversations", "reviews"),
    limits={"max_files": 3},
    retires_on="2030-01-31",
    effort_most="high",
)


def fill(runtime: Runtime) -> None:
    """Two providers, three models, a context, a pin, a gate and a setting."""
    acme = Draft("openai", "acme", "Acme", key=CANARY, settings={"organization": "org-acme"}, read_timeout=60)
    registry.register(ADA, runtime, acme, [GPT, ModelDraft("gpt-5.2-mini", enabled=False)])
    local = Draft("ollama", "local", "Local", "http://localhost:11434/v1")
    registry.register(ADA, runtime, local, [ModelDraft("qwen3:8b", recommended=True)])
    registry.turn(ADA, runtime, "local", on=False)
    contexts.add(ADA, runtime, contexts.Draft("code_review", "Code review", "Reads changes.", "reviews"))
    pins.pin(ADA, runtime, "code_review", Typed("acme:gpt-5.2", "high"))
    gates.turn(ADA, runtime, "personal_overrides", on=False)
    settings.change(ADA, runtime, SettingsDraft("Ask Otto.", 30, usage_days=100))


@contextmanager
def empty_portal(databases: Databases, kind: str, settings: Settings) -> Iterator[Runtime]:
    """Another portal with the same cast, and nothing else, on a database of its own."""
    with databases.one(kind) as url:
        made: Flask = create_app(
            Settings(
                data_dir=settings.data_dir / "other",
                database_url=url,
                secret_key="others",
                master_key=Fernet.generate_key().decode(),
            ),
            environment={},
        )
        with made.app_context():
            master_keys.require(runtime_of())
            seat_the_cast()
            yield runtime_of()
            db.engine.dispose()


def file(text: str, name: str = "config.yaml") -> GivenFile:
    return GivenFile(name, text.encode())
