"""Something to look at: the demo provider, four people, some chats with answers and some checks, in an empty portal."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from portal.dialects import demo
from portal.domain.egress import EgressPolicy
from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.domain.permissions import ADMINISTRATOR, BUILT_IN_ROLES
from portal.services import onboarding
from portal.services.audit import trail as audit_trail
from portal.services.chat import answering, sending
from portal.services.chat.messages import Message, Sent
from portal.services.health import checks
from portal.services.people import accounts, passwords
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog
from portal.store import people as store
from portal.store import providers
from portal.store.base import reading, transaction
from portal.wire import Wire

SMALL, LARGE = "demo-small", "demo-large"

HURRIED = 0.004
"""Seconds between two words of the demo, which nobody watches here."""

IN_USE = (
    "This portal has providers or people already, and demo data would mix with them. "
    "Choose an empty one: set PORTAL_DATA_DIR to a new directory."
)


@dataclass(frozen=True)
class Member:
    """One of the cast. `role` is a built-in role's key; without one they may sign in and do nothing."""

    name: str
    email: str
    role: str = ""

    @property
    def role_label(self) -> str:
        return BUILT_IN_ROLES[self.role].name if self.role else "no role"


CAST: tuple[Member, ...] = (
    Member("Ada Marsh", "ada@example.org", ADMINISTRATOR),
    Member("Otto Lind", "otto@example.org", "operator"),
    Member("Uma Ortiz", "uma@example.org", "developer"),
    Member("Eve Stone", "eve@example.org"),
)


@dataclass(frozen=True)
class Scene:
    """A chat that somebody began some days ago. `reworded` is what they made of their first question afterwards."""

    email: str
    days: float
    model: str
    questions: tuple[str, ...]
    system_prompt: str = ""
    reworded: str = ""


SCENES: tuple[Scene, ...] = (
    Scene("uma@example.org", 40, SMALL, ("Which regular expression finds an IBAN in a text?",)),
    Scene("uma@example.org", 12, SMALL, ("SQL: the first order of each customer, please.",)),
    Scene(
        "uma@example.org",
        4,
        SMALL,
        ("Explain rate limits to our sales team.",),
        system_prompt="Answer in plain words. No jargon, no more than ten sentences.",
    ),
    Scene(
        "uma@example.org",
        1,
        LARGE,
        ("A Terraform module for queues.",),
        reworded="A Terraform module for queues, with an alarm on the oldest message.",
    ),
    Scene("ada@example.org", 0.02, SMALL, ("Hello! What can you do?",)),
    Scene(
        "uma@example.org",
        0.005,
        LARGE,
        (
            "Where is money rounded today? Look before you propose anything.",
            "Draft the nightly comparison, please. Keep it under forty lines.",
        ),
    ),
)


CHECKS: tuple[tuple[str, str, str], ...] = (
    ("otto@example.org", "model", LARGE),
    ("otto@example.org", "model", "demo-huge"),
    ("ada@example.org", "provider", SMALL),
)
"""Who tests what; the second is a name that the demo does not know."""


@dataclass(frozen=True)
class Seated:
    """The accounts that were made. `password` opens each of them, and is kept nowhere."""

    members: tuple[Member, ...]
    password: str


def seat(actor: Actor, runtime: Runtime) -> Seated:
    """Give the cast their accounts. Comes first, for it refuses to touch a portal that is in use.

    Raises `Conflict` when there are providers, or people besides the first administrator.
    """
    password = passwords.invent()
    hashed = passwords.hash_password(password)
    made = []
    with transaction() as session:
        administrator = store.lock_people(session)
        there = store.list_people(session, store.Wanted(), 2)
        administrators = store.other_active_administrators(session, administrator.id, but=uuid4())
        if providers.names(session) or len(there) > 1 or len(there) > administrators:
            raise Conflict(IN_USE)
        roles = {role.built_in: role.id for role in store.all_roles(session)}
        for member in CAST:
            if store.user_by_email(session, member.email):
                continue
            held = [roles[member.role]] if member.role else []
            user = accounts.add(session, runtime, member.name, member.email, hashed, held, must_change=False)
            facts = {"name": member.name, "email": member.email, "roles": [member.role_label] if held else []}
            audit_trail.record(session, runtime, actor, "user.create", "user", user.id, member.name, after=facts)
            made.append(member)
    return Seated(tuple(made), password)


def play(actor: Actor, runtime: Runtime) -> Iterator[str]:
    """Connect the demo, chat and test, after `seat`; says what it does while it goes on."""
    wire = Wire(EgressPolicy(runtime.settings.private_networks), local={"demo": partial(demo.answer, pause=HURRIED)})
    runtime = replace(runtime, wire=wire)
    yield "The demo provider and its models"
    name = onboarding.start_demo(actor, runtime)
    models = {entry.name: entry.id for entry in current_catalog(runtime).in_order()}
    for scene in SCENES:
        yield f"A chat: {scene.questions[0]}"
        _act(runtime, scene, models[scene.model])
    yield "Checks"
    for email, about, model in CHECKS:
        checks.check_saved(_actor(email), runtime, name, model=model, about=about)
    wire.close()


def _actor(email: str) -> Actor:
    """A member of the cast, acting with the rights of their role."""
    member = next(member for member in CAST if member.email == email)
    with reading() as session:
        user = store.user_by_email(session, email)
        assert user is not None
        return Actor(user.id, user.name, BUILT_IN_ROLES[member.role].permissions)


def _act(runtime: Runtime, scene: Scene, model: UUID) -> None:
    """Ask and answer, some days ago."""
    actor = _actor(scene.email)
    then = replace(runtime, now=lambda: runtime.now() - timedelta(days=scene.days))
    first = Message(
        uuid4(),
        scene.questions[0],
        str(uuid4()),
        language_model_id=model,
        system_prompt=scene.system_prompt or None,
        new=True,
    )
    sent = _ask(actor, then, first)
    if scene.reworded:
        sent = _ask(actor, then, replace(first, text=scene.reworded, client_id=str(uuid4()), new=False))
    for question in scene.questions[1:]:
        more = Message(sent.chat_id, question, str(uuid4()), parent_id=sent.turn_id, language_model_id=model)
        sent = _ask(actor, then, more)


def _ask(actor: Actor, runtime: Runtime, message: Message) -> Sent:
    sent = sending.send(actor, runtime, message)
    answering.answer_whole(actor, runtime, sent)
    return sent
