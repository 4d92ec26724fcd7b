"""The page of health checks, over HTTP."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from portal.store.base import transaction
from portal.store.health import CheckRecord
from tests.conftest import Client
from tests.counting import queries
from tests.factories import make_provider
from tests.web.test_providers import words


def plant(number: int = 1, **columns: object) -> list[UUID]:
    now = datetime.now(UTC)
    told: dict[str, object] = {
        "actor": "Ada Marsh",
        "about": "provider",
        "counts": True,
        "provider_id": uuid4(),
        "provider_name": "acme",
        "provider_type": "openai",
        "outcome": "ok",
        "category": "ok",
        "status": 200,
        "latency_ms": 212,
        "model": "gpt-5.2",
        "sentence": "OpenAI answered.",
        "url": "https://api.openai.com/v1/chat/completions",
    } | columns
    records = [CheckRecord(**({"id": uuid4(), "at": now - timedelta(minutes=place)} | told)) for place in range(number)]
    with transaction() as session:
        session.add_all(records)
    return [record.id for record in records]


def test_an_empty_page_says_what_will_stand_here(ada: Client):
    assert "Nothing has been checked yet." in words(ada.get("/health-checks"))


def test_a_row_says_what_who_where_and_how_fast(otto: Client):
    plant(outcome="failed", category="auth", status=401, fingerprint="4f9a01c2", key_source="shared")
    page = words(otto.get("/health-checks"))
    for fact in ("Key refused", "acme", "gpt-5.2", "shared key", "Ada Marsh", "tested the provider", "401", "212 ms"):
        assert fact in page


STEPS = "host found in 3 ms · connected in 31 ms · answered in 180 ms"


def test_what_was_given_up_is_told_as_unfinished(ada: Client):
    (check_id,) = plant(category="timeout", outcome="failed", status=None, steps=[["connecting", 5000]])
    page = words(ada.get(f"/health-checks?check={check_id}"))
    assert "given up while connecting, after 5 s" in page


def test_a_row_opens_the_whole_record(ada: Client):
    (check_id,) = plant(
        category="auth",
        outcome="failed",
        status=401,
        detail="invalid <key>",
        request_id="req_8f2",
        hint="Paste it again.",
        steps=[["looking up the host", 3], ["connecting", 31], ["waiting for the answer", 180]],
        notes=["Asked again with another field."],
    )
    page = ada.get(f"/health-checks?check={check_id}")
    for fact in (
        "Paste it again.",
        "does not pass by itself: something has to be changed",
        "request req_8f2",
        "invalid <key>",
        STEPS,
        "Asked again",
    ):
        assert fact in words(page) or fact in page.text.replace("&lt;", "<").replace("&gt;", ">")
    data = ada.get(f"/health-checks/{check_id}.json").get_json()
    assert (data["category"], data["status"], data["id"]) == ("auth", 401, str(check_id))
    assert data["steps"][1] == {"doing": "connecting", "ms": 31}
    assert ada.get(f"/health-checks/{uuid4()}.json").status_code == 404


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 4),
        ("provider=acme", 3),
        ("outcome=failed", 1),
        ("reason=dns", 1),
        ("by=Otto Lind", 1),
        ("by=schedule", 1),
        ("when=today", 3),
        ("when=week", 4),
        ("q=claude", 1),
        ("provider=acme&outcome=failed", 0),
        ("outcome=nonsense&reason=nonsense&when=nonsense&since=nonsense", 4),
    ],
)
def test_filters_are_in_the_address(ada: Client, query: str, number: int):
    plant()
    plant(provider_name="other", actor="Otto Lind", model="claude-5", category="dns", outcome="failed")
    plant(scheduled=True, actor="schedule")
    plant(at=datetime.now(UTC) - timedelta(days=3))
    page = words(ada.get(f"/health-checks?{query}"))
    assert {0: "No check fits", 1: "1 check"}.get(number, f"{number} checks") in page
    lines = list(csv.reader(io.StringIO(ada.get(f"/health-checks/export.csv?{query}").text)))
    assert len(lines) == number + 1


def test_pages_lead_on_and_back(ada: Client):
    plant(120)
    page = ada.get("/health-checks")
    assert "Newest 50" in words(page)
    seen = 1
    while older := _link(page.text, "next"):
        page = ada.get(older)
        seen += 1
    assert seen == 3
    assert "20 checks, " in words(page)
    back = ada.get(_link(page.text, "prev"))
    assert "50 checks, " in words(back)


def _link(text: str, rel: str) -> str:
    for tag in text.split("<a ")[1:]:
        head = tag.split(">", 1)[0]
        if f'rel="{rel}"' in head:
            return head.split('href="')[1].split('"')[0].replace("&amp;", "&")
    return ""


def test_a_cell_that_a_spreadsheet_would_run_stays_a_text(ada: Client):
    plant(model="=1+1", detail="@SUM(A1)")
    rows = list(csv.DictReader(io.StringIO(ada.get("/health-checks/export.csv").text)))
    assert (rows[0]["model"], rows[0]["detail"]) == ("'=1+1", "'@SUM(A1)")


def test_the_number_of_queries_does_not_grow(ada: Client):
    plant(2)
    ada.get("/health-checks")
    with queries() as few:
        ada.get("/health-checks")
    plant(60)
    with queries() as many:
        ada.get("/health-checks")
    assert len(many) == len(few)


def test_uma_and_eve_see_no_checks(uma: Client, eve: Client):
    (check_id,) = plant()
    for client in (uma, eve):
        for path in ("/health-checks", "/health-checks/export.csv", f"/health-checks/{check_id}.json"):
            assert client.get(path).status_code == 403


def test_the_filter_calls_providers_by_their_labels_and_tells_equal_ones_apart(ada: Client):
    make_provider("acme", label="Work account")
    make_provider("one", label="Twin")
    make_provider("two", label="Twin")
    for name in ("acme", "one", "two", "never-saved"):
        plant(provider_name=name)
    page = ada.get("/health-checks")
    for label, name in (("Work account", "acme"), ("Twin (one)", "one"), ("Twin (two)", "two"), ("never-saved",) * 2):
        assert re.search(rf'href="/health-checks\?provider={name}"[^>]*>\s*{re.escape(label)}\s*<', page.text), label
    chosen = words(ada.get("/health-checks?provider=acme"))
    assert "Provider Work account" in chosen or "Provider: Work account" in chosen
