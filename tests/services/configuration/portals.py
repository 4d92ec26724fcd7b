"""A portal with something in it, and an empty one beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from cryptography.fernet import Fernet
from flask import Flask

from portal import create_app
from portal.domain.allowances import Allowance, Kind
from portal.domain.budgets import money
from portal.domain.gates import GATES
from portal.domain.language_models import Draft as ModelDraft
from portal.domain.permissions import Permission
from portal.domain.provider_headers import TypedHeader
from portal.domain.schedule import Probe
from portal.services import settings
from portal.services.allowances import setting
from portal.services.applications import registry as applications
from portal.services.configuration import importing
from portal.services.configuration.files import GivenFile
from portal.services.encryption import master_keys
from portal.services.health import schedules
from portal.services.overrides import contexts, gates, pins
from portal.services.overrides.choices import Typed
from portal.services.people import roles
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.services.settings import Draft as SettingsDraft
from portal.services.teams import members, my_team, teams
from portal.settings import Settings
from portal.store import language_models as stored_models
from portal.store import people as stored_people
from portal.store import providers as stored_providers
from portal.store.base import db, reading
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


def furnish(runtime: Runtime) -> None:
    """The same, and everything else that the portal's own document holds."""
    fill(runtime)
    research = teams.create(ADA, runtime, "Research")
    teams.entitle(ADA, runtime, research, on=True)
    networks = "10.1.2.0/24\n10.9.0.0/16"
    teams.change(ADA, runtime, research, "Research", exclusive=True, networks=networks, version=None)
    teams.create(ADA, runtime, "Sales & more")
    members.add_member(ADA, runtime, research, "uma@example.org")
    members.make_manager(ADA, runtime, research, Actors.uma.id, on=True)
    rack = Draft(
        "openai_compatible",
        "rack",
        "Rack",
        "http://10.1.2.3:8000/v1",
        headers=[TypedHeader("X-Tenant", "blue"), TypedHeader("X-Second", "2")],
        who_asked={"email": "X-Email"},
        owner=str(research),
    )
    registry.register(ADA, runtime, rack, [ModelDraft("qwen/qwen3:32b", chats=True), ModelDraft("bge-m3", chats=False)])
    with reading() as session:
        default = stored_models.living_of(session, stored_providers.find(session, "rack").id)[0].id
    my_team.choose_default(replace(Actors.uma, team_id=research), runtime, default)
    importing.apply(ADA, runtime, file("llm_portal: 1\nproviders: {acme: {keys: [{environment: OPENAI_API_KEY}]}}\n"))
    schedules.change(ADA, runtime, "acme", 1.5, Probe.PING)
    schedules.change(ADA, runtime, "rack", 60, Probe.LIST)
    granted = [Permission.CHAT, Permission.ACCESS_TOKEN]
    reviewers = roles.create(ADA, runtime, "Reviewers", "Read much.", granted, "acme:gpt-5*\nrack:*")
    roles.create(ADA, runtime, "Nobody", "", [])
    for gate in GATES:
        gates.turn(ADA, runtime, gate, on=gate == "chat_sharing")
    values = SettingsDraft(
        "Ask Otto.", 30, usage_days=100, attachment_file=5, attachment_chat=50, attachment_person=500
    )
    settings.change(ADA, runtime, replace(values, archive_days=40))
    intranet = embed(runtime)
    allow_everything(runtime, research, reviewers, intranet)


def embed(runtime: Runtime) -> UUID:
    """Applications with and without a ceiling, one of them off, and one that was deleted; returns the first."""
    places = "production: editor-prod\nstaging: editor-stage"
    intranet = applications.register(ADA, runtime, "intranet-editor", places, models="acme:gpt-5*\nrack:*").id
    mailer = applications.register(ADA, runtime, "mailer", "production: mailer")
    gone = applications.register(ADA, runtime, "gone", "production: gone")
    applications.turn(ADA, runtime, mailer.id, on=False)
    applications.delete(ADA, runtime, gone.id)
    return intranet


def allow_everything(runtime: Runtime, team: UUID, role: UUID, application: UUID) -> None:
    """Limits and budgets of every kind, one raise that holds and one that is over."""
    with reading() as session:
        acme = stored_providers.find(session, "acme").id
        by_name = {name: id for id, name in stored_people.role_names(session).items()}
    until = datetime.combine(runtime.now().date() + timedelta(days=40), time(23, 59, 59), UTC)
    for kind, id, allowance in (
        (Kind.PROVIDER, acme, Allowance(60, 5_000)),
        (Kind.USER, Actors.uma.id, Allowance(None, 100, money(Decimal("12.5")), money(Decimal(20)), until)),
        (Kind.USER, Actors.eve.id, Allowance(None, None, 0)),
        (Kind.USER, Actors.otto.id, Allowance(3)),
        (Kind.ROLE, role, Allowance(None, None, money(Decimal(40)))),
        (Kind.ROLE, by_name["Developer"], Allowance(None, None, money(Decimal("0.000001")))),
        (Kind.TEAM, team, Allowance(None, None, money(Decimal(500)), money(Decimal("650.55")), until)),
        (Kind.MEMBER, team, Allowance(None, None, money(Decimal(50)))),
        (Kind.APPLICATION, application, Allowance(30, 900, money(Decimal("7.5")))),
    ):
        setting.change(ADA, runtime, kind, id, allowance)
    setting.allow_unpriced(ADA, runtime, allowed=False)


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
