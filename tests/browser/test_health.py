"""Health as people see it: a provider with a long past, its schedule, the checks, and the settings behind them."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.dialects.secret import Secret
from portal.domain.faults import SENTENCES, Category
from portal.domain.health import outcome_of, verdict_of
from portal.domain.schedule import Probe
from portal.services import settings
from portal.services.health import schedules
from portal.services.health.recording import LISTED
from portal.services.runtime import Runtime
from portal.services.settings import Draft
from portal.services.webhooks import delivery
from portal.store import check_days
from portal.store.base import transaction
from portal.store.check_days import CheckDayRecord
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.conftest import Actors
from tests.connecting import KEY, connect
from tests.upstream import Upstream, steps


def live_through(runtime: Runtime, name: str, days: int, every: int, category_of: Callable[[int], Category]) -> None:
    """A past of so many days with a check each few hours, as the schedule would have left it."""
    dice = random.Random(3)  # noqa: S311 - the same past each time
    now = datetime.now(UTC)
    in_a_row, since, before = 0, now, None
    counted: dict[date, CheckDayRecord] = {}
    with transaction() as session:
        provider = session.scalars(select(ProviderRecord).where(ProviderRecord.name == name)).one()
        provider.proven_from = provider.created_at = now - timedelta(days=days + 1)
        for hours in range(days * 24, -1, -every):
            at, category = now - timedelta(hours=hours), category_of(hours)
            in_a_row, since = (in_a_row + 1, since) if category is before else (1, at)
            before = category
            ok = category is Category.OK
            check = CheckRecord(
                id=uuid4(),
                at=at,
                actor="schedule",
                scheduled=True,
                about="provider",
                probe="list",
                counts=True,
                provider_id=provider.id,
                provider_name=name,
                provider_type=provider.type,
                url=f"{provider.base_url}/models",
                key_source="shared",
                fingerprint=runtime.vault.fingerprint(Secret(KEY)),
                outcome=outcome_of(category),
                category=category,
                status=200 if ok else 401,
                latency_ms=int(dice.lognormvariate(6, 0.3)),
                sentence=(LISTED if ok else SENTENCES[category]).format(provider=provider.label),
                detail="" if ok else "authentication_error: invalid x-api-key",
                in_a_row=in_a_row,
                alike_since=since,
            )
            session.add(check)
            day = counted.setdefault(at.date(), check_days.blank(provider.id, at.date()))
            day.count(verdict_of(category).level, check.latency_ms)
        session.add_all(counted.values())


@pytest.fixture
def furnished(runtime: Runtime, actors: Actors) -> Iterator[None]:
    """Two providers: one that lists well, and one whose key is refused since this morning."""
    with Upstream.openai(key=KEY, models=["gpt-5.2"]) as up:
        connect(actors.ada, runtime, up, name="acme", label="Acme", type="openai")
        connect(actors.ada, runtime, up, name="claude", label="Claude", type="openai")
        for name in ("acme", "claude"):
            schedules.change(actors.ada, runtime, name, 5, Probe.LIST)
        live_through(runtime, "acme", 60, 1, lambda hours: Category.RATE_LIMIT if hours % 331 == 40 else Category.OK)
        live_through(runtime, "claude", 88, 4, lambda hours: Category.AUTH if hours < 60 else Category.OK)
        up.script(steps.respond(204), path="/hook")
        settings.change(actors.ada, runtime, Draft(webhook_url=f"{up.url}/hook", webhook_secret="0123456789abcdef"))
        delivery.send_test(actors.ada, runtime)
        yield


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
@pytest.mark.parametrize(
    "path",
    ["/providers/claude", "/providers/acme", "/health-checks", "/health-checks/of/acme", "/settings", "/overview"],
)
def test_the_pages_are_in_order(open_as: OpenPage, width: int, height: int, theme: str, path: str):
    page = open_as("ada", path, width=width, height=height, theme=theme)
    if path == "/health-checks":
        page.locator("tbody th a").nth(1).click()
        expect(page.locator("#check")).to_be_visible()
    assert_in_order(page)
    shoot(page, f"health{path.replace('/', '-')}-{theme}")


@pytest.mark.usefixtures("furnished")
def test_a_schedule_is_set_by_keyboard_alone(open_as: OpenPage):
    page = open_as("otto", "/providers/acme")
    page.get_by_role("link", name="Change checks").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Minutes between checks").press("Control+a")
    page.keyboard.type("15")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Acme is checked every 15 minutes.")).to_be_visible()
    expect(page.get_by_text("every 15 minutes, lists models, free")).to_be_visible()


@pytest.mark.usefixtures("furnished")
def test_settings_work_without_a_script(open_as: OpenPage):
    page = open_as("ada", "/settings", script=False)
    page.get_by_label("Days that health checks are kept").fill("30")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    expect(page.get_by_label("Days that health checks are kept")).to_have_value("30")
    page.get_by_role("button", name="Send a test message").click()
    expect(page.get_by_text("The webhook answered 204.").first).to_be_visible()
