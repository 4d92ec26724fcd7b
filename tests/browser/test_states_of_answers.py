"""Every state of an answer in Chromium, light and dark, at a desk, on a phone and at 200 %: whole, and in reach."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from portal.domain.chats import OwnedChatId
from portal.domain.faults import Category
from portal.store import attachments as stored_attachments
from portal.store.attempts import AttemptRecord
from portal.store.base import transaction
from portal.store.chats import ChatRecord, TurnRecord
from portal.store.compactions import CompactionRecord
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord
from tests.attaching import attach, image, let_read, pdf
from tests.browser.conftest import PICTURES, SIGHTS, assert_in_order, shoot
from tests.browser.test_reading import ANSWER
from tests.browser.wholeness import assert_nothing_cut_off, assert_reached_by_keyboard
from tests.chatting import connect
from tests.upstream import Upstream

TWICE = (640, 450, "light")
"""A desk at 200 %: half as many pixels of the page each way."""
LOOKS = [*SIGHTS, TWICE]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 4
TRAIL = [
    {"layer": "explicit", "outcome": "not_set", "candidate": ""},
    {
        "layer": "chat_model",
        "outcome": "provider_disabled",
        "candidate": "acme:a-model-with-quite-a-long-name-2026-11-01",
    },
    {"layer": "default", "outcome": "chosen", "candidate": "acme:gpt-5.2"},
]
FAULTS = [
    category
    for category in Category
    if category not in (Category.OK, Category.NEED_KEY, Category.NEED_URL, Category.NEED_MODEL)
]


@dataclass
class Written:
    """A chat that is written straight into the database, one question after the other."""

    user_id: UUID
    model_id: UUID
    provider_id: UUID
    id: UUID = field(default_factory=uuid4)
    turns: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        with transaction() as session:
            session.add(
                ChatRecord(
                    id=self.id, user_id=self.user_id, title=f"States {LONG}"[:200], created_at=now, changed_at=now
                )
            )

    def add(self, text: str, *attempts: dict[str, Any]) -> UUID:
        id, at = uuid4(), datetime.now(UTC)
        with transaction() as session:
            parent = self.turns[-1] if self.turns else None
            session.add(
                TurnRecord(id=id, chat_id=self.id, parent_id=parent, client_id=str(id), text=text, created_at=at)
            )
            session.flush()
            for number, attempt in enumerate(attempts):
                session.add(AttemptRecord(**self._attempt(id, at + timedelta(seconds=number)) | attempt))
            session.execute(update(ChatRecord).where(ChatRecord.id == self.id).values(leaf_id=id))
        self.turns.append(id)
        return id

    def _attempt(self, turn_id: UUID, at: datetime) -> dict[str, Any]:
        return {
            "chat_id": self.id,
            "turn_id": turn_id,
            "state": "complete",
            "text": "An answer.",
            "language_model_id": self.model_id,
            "provider_id": self.provider_id,
            "selected_model": "acme:gpt-5.2",
            "display_name": "GPT-5.2",
            "provider_label": "Acme",
            "layer": "default",
            "trail": TRAIL,
            "key_source": "shared",
            "fingerprint": "4f9a01c2",
            "tokens_in": 1200,
            "tokens_out": 340,
            "cost": Decimal("0.0123"),
            "first_ms": 410,
            "total_ms": 8200,
            "request_id": "req_" + "0123456789" * 8,
            "created_at": at,
            "finished_at": at,
        }


@pytest.fixture
def provider() -> Iterator[Upstream]:
    with Upstream(None) as up:
        yield up


@pytest.fixture
def models(runtime, actors, provider) -> list[UUID]:
    found = connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "a-model-with-quite-a-long-name-2026-11-01")
    connect(runtime, actors.ada, "http://127.0.0.1:9", "qwen3-30b", name="gpu-rack-2")
    let_read(found[0], ["vision", "reasoning"])
    return found


@pytest.fixture
def written(actors, models) -> Written:
    with transaction() as session:
        provider_id = session.get_one(LanguageModelRecord, models[0]).provider_id
        assert session.get_one(ProviderRecord, provider_id).label == "Acme"
    return Written(actors.uma.id, models[0], provider_id)


def look(page: Page, name: str, theme: str) -> None:
    assert_in_order(page)
    assert_nothing_cut_off(page)
    if PICTURES:  # all of it at once, as if the window were high enough
        kept = page.viewport_size
        height = page.locator(".turns").evaluate("it => it.scrollHeight") + 400
        page.set_viewport_size({"width": kept["width"], "height": min(height, 12_000)})
        shoot(page, f"chat-state-{name}-{theme}")
        page.set_viewport_size(kept)


def reach(page: Page, sight: tuple[int, int, str]) -> None:
    """Where there is least room: the order of what one meets is the same everywhere."""
    if sight == TWICE:
        assert_reached_by_keyboard(page)


def open_at(open_as, path: str, sight: tuple[int, int, str], person: str = "uma") -> Page:
    width, height, theme = sight
    return open_as(person, path, width=width, height=height, theme=theme, scale=2 if width == TWICE[0] else 1)


@pytest.mark.parametrize("sight", LOOKS)
def test_what_is_whole_or_ended_early(open_as, written, sight):
    written.add(
        f"Everything, and {LONG}",
        {"state": "fallback", "text": "Sorry.", "category": "server", "status": 500},
        {
            "text": f"{ANSWER}\n\n{LONG}\n\n`{LONG}`",
            "thinking": f"First this.\n\n{LONG}",
            "thought_ms": 6200,
            "tokens_reasoning": 1840,
            "reported_model": f"gpt-5.2-{LONG}"[:300],
            "notes": ["The model takes no temperature: it was left out."],
        },
    )
    written.add("Stop it", {"state": "stopped", "text": "It was about to"})
    written.add("At once", {"state": "stopped", "text": ""})
    written.add("Cut", {"state": "incomplete", "text": "The rest is", "category": "connect"})
    written.add("Odd", {"state": "incomplete", "text": "The rest is", "category": "shape"})
    written.add("Gone", {"state": "incomplete", "text": "The process"})
    written.add("Long", {"text": "The first thousand words", "finish": "length"})
    written.add("No word", {"text": "", "finish": "length"})
    written.add("Rules", {"text": "I cannot", "finish": "content"})
    written.add("Tool", {"text": "", "finish": "tool"})
    written.add("Nothing", {"text": ""})
    page = open_at(open_as, f"/chat/{written.id}", sight)
    for summary in page.locator("[data-answer] summary").all():
        summary.click()
    expect(page.get_by_text("You stopped this answer.")).to_have_count(2)
    expect(page.get_by_text("No word had arrived.")).to_have_count(1)
    expect(page.get_by_text("asked for a tool, and a chat has none to give")).to_be_visible()
    look(page, "ended", sight[2])
    reach(page, sight)
    page.get_by_label("Edit and send again").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message", exact=True).first).to_be_focused()
    look(page, "edited", sight[2])


@pytest.mark.parametrize(("sight", "person"), [(LOOKS[0], "ada"), (LOOKS[-2], "uma"), (TWICE, "ada")])
def test_every_kind_of_fault(open_as, actors, written, sight, person):
    if person == "ada":  # who sees providers is told more
        with transaction() as session:
            session.execute(update(ChatRecord).where(ChatRecord.id == written.id).values(user_id=actors.ada.id))
    for category in FAULTS:
        fault = {
            "state": "fallback",
            "text": "I could not get an answer. Your question is kept.",
            "category": category.value,
            "status": 429,
            "detail": f"the provider said {LONG}",
            "hint": "Look at the key, and at what its account may use.",
        }
        written.add(f"What of {category.value}?", fault)
    written.add("Mine", {"state": "fallback", "text": "No.", "category": "auth", "key_source": "personal"})
    written.add("Half", {"state": "incomplete", "text": "The rest", "category": "rate_limit", "retry_after": 7200.0})
    written.add(
        "No model", {"state": "failed", "text": "", "category": "no_model", "hint": "No model can be used right now."}
    )
    written.add("Ours", {"state": "failed", "text": ""})
    page = open_at(open_as, f"/chat/{written.id}", sight, person)
    expect(page.locator(".fallback")).to_have_count(len(FAULTS) + 4)
    look(page, f"faults-{person}", sight[2])
    for summary in page.locator(".provider-detail > summary").all():
        summary.click()
    look(page, f"faults-open-{person}", sight[2])
    reach(page, sight)


@pytest.mark.parametrize("sight", LOOKS)
def test_two_answers_runs_a_summary_and_files(open_as, runtime, actors, written, sight):
    files = [
        attach(actors.uma, runtime, image(size=(1600, 200)), f"wide {LONG}.png"),
        attach(actors.uma, runtime, image(size=(40, 20)), "small.png"),
        attach(actors.uma, runtime, pdf("Rounding"), "Правила округления.pdf"),
        attach(actors.uma, runtime, b"words", f"{LONG}.txt"),
    ]
    first = written.add("Look at these", {"text": "I see."})
    with transaction() as session:
        for position, file in enumerate(files):
            stored_attachments.claim(session, file.id, OwnedChatId(written.id), first, position)
    written.add("/explore where money is rounded", {"text": ANSWER, "context": "explore"})
    written.add(f"/general {LONG}", {"text": "A draft.", "context": "general"})
    written.add(
        "/explore what fails",
        {"state": "fallback", "text": "Sorry.", "category": "server", "status": 503, "context": "explore"},
    )
    summarised = written.add("Two of them", {"text": ANSWER}, {"text": f"Shorter. {LONG}", "beside": True})
    with transaction() as session:
        for text, undone in (("An older one.", datetime.now(UTC)), (f"They round **thrice**.\n\n{LONG}", None)):
            session.add(
                CompactionRecord(
                    chat_id=written.id,
                    turn_id=first if undone else summarised,
                    state="complete",
                    why="threshold",
                    text=text,
                    messages=4,
                    tokens=90,
                    tokens_before=900,
                    tokens_after=400,
                    display_name="GPT-5.2",
                    layer="default",
                    trail=TRAIL,
                    key_source="shared",
                    made_at=datetime.now(UTC),
                    undone_at=undone,
                )
            )
    written.add("And now?", {"text": "Now this."})
    page = open_at(open_as, f"/chat/{written.id}", sight)
    expect(page.locator(".rival")).to_have_count(2)
    expect(page.locator("[data-run]")).to_have_count(3)
    for line in page.locator("[data-compaction] > summary").all():
        line.click()
    look(page, "beside", sight[2])
    reach(page, sight)
    for run in page.locator("[data-run] > summary").all():
        run.click()
    look(page, "folded", sight[2])


def said(**delta: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


@pytest.mark.parametrize("sight", LOOKS)
def test_what_is_under_way(open_as, runtime, provider, models, sight):
    go = {name: threading.Event() for name in ("waits", "thinks", "arrives")}
    page = open_at(open_as, "/chat", sight)
    message = page.get_by_label("Message", exact=True)
    page.locator("[data-system-prompt] > summary").click()
    look(page, "new", sight[2])
    reach(page, sight)

    def ask(words: str, *frames: Any) -> None:
        provider.stream_sse([*frames, said(content="The end."), "[DONE]"], times=1)
        message.fill(words)
        page.get_by_role("button", name="Send", exact=True).click()

    def ends(name: str) -> None:
        go[name].set()
        expect(page.locator("[data-live]")).to_have_count(0)

    ask("Wait", go["waits"])
    expect(page.locator("[data-live]")).to_be_visible()
    look(page, "waits", sight[2])
    message.fill(f"And then {LONG}")
    page.get_by_role("button", name="Send next").click()
    expect(page.locator("[data-queued]")).to_contain_text("And then")
    look(page, "queued", sight[2])
    reach(page, sight)
    page.get_by_role("button", name="Cancel", exact=True).click()
    ends("waits")
    ask("Think", said(reasoning_content=f"Cents {LONG}"), go["thinks"])
    thought = page.locator("[data-thinking]")
    expect(thought).to_be_visible()
    thought.locator("summary").click()
    look(page, "thinks", sight[2])
    ends("thinks")
    ask("Write", said(content=ANSWER), said(content=f"\n\n{LONG}"), go["arrives"])
    expect(page.locator("[data-live] table")).to_be_visible()
    look(page, "arrives", sight[2])
    ends("arrives")
    busy = {"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}
    provider.respond(429, json=busy, headers={"Retry-After": "50"}, times=1)
    message.fill("Busy")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("button", name="Trying again in")).to_be_visible()
    look(page, "again", sight[2])
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files(
        [
            {"name": f"{LONG}.txt", "mimeType": "text/plain", "buffer": b"words"},
            {"name": "square.png", "mimeType": "image/png", "buffer": image(size=(300, 200))},
            {"name": f"empty {LONG}.txt", "mimeType": "text/plain", "buffer": b" "},
        ]
    )
    expect(page.locator("[data-attached-fault]")).to_contain_text("This file is empty.")
    expect(page.locator("[data-attached] [data-attachment]")).to_have_count(2)
    look(page, "attached", sight[2])
    reach(page, sight)
    message.fill("/")
    expect(page.get_by_role("listbox", name="Commands")).to_be_visible()
    look(page, "commands", sight[2])
    message.fill("")
    page.get_by_role("button", name="Explore").click()
    expect(message).to_have_value("/explore ")
