"""What is taken away while an answer streams in another process: that answer ends as it began, the next never gets it.

The acts are done in this process; the answers are written by a portal in a process of its own, on the same database.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.keys.pools import Pasted
from portal.services.language_models import lifecycle
from portal.services.overrides import gates
from portal.services.people import passwords, role_models, roles, users
from portal.services.personal_keys import holders, own_keys
from portal.services.providers import owners, registry
from portal.services.runtime import Runtime
from portal.services.teams import members, my_team, teams
from portal.settings import Settings
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRecord
from tests.chatting import connect
from tests.conftest import Actors
from tests.processes.portal_process import Browser, running
from tests.processes.test_kill import Stream
from tests.upstream import Upstream
from tests.waiting import PATIENCE
from tests.web.asking import HELLO, chats, newest_attempt

ADA, EMAIL, PASSWORD = Actors.ada, "uma@example.org", "a correct horse"
SHARED, OWN, TEAM = "sk-shared-4f9a01c2d3", "sk-own-58c2f60e7711", "sk-team-91bb20aa34"
STREAM = {"Accept": "text/event-stream"}


def piece(text: str, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


@dataclass(frozen=True)
class House:
    """Uma with a role and a team, two shared models, and one of the team's; all at one provider."""

    runtime: Runtime
    upstream: Upstream
    browser: Browser
    uma: Actor
    one: UUID
    two: UUID
    role: UUID
    team: UUID

    def save_key(self) -> None:
        own_keys.save(self.uma, self.runtime, "acme", Pasted("key", {"key": OWN}))

    def form(self) -> tuple[str, dict[str, str]]:
        """The composer of a new chat, with nothing chosen."""
        page = self.browser.get("/chat").text
        path = re.search(r'action="(/chat/[^"]+/turns)"', page)
        assert path
        names = ("csrf_token", "client_id")
        found = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in names}
        return path[1], {name: told[1] for name, told in found.items() if told} | {"new": "yes", "text": "And now?"}

    @contextmanager
    def streaming(self) -> Iterator[tuple[Stream, Event]]:
        """An answer of which half has arrived; the other half comes when the event is set."""
        path, form = self.form()
        go = Event()
        self.upstream.stream_sse([piece("Half"), go, piece(" and whole.", "stop"), "[DONE]"], times=1)
        ask = self.browser.session.post
        with ask(self.browser.url + path, data=form, headers=STREAM, stream=True, timeout=PATIENCE) as response:
            stream = Stream(response)
            while "Half" not in stream.drawn:
                stream.until("part")
            yield stream, go

    def next_question(self, path: str, form: dict[str, str]) -> int:
        ask = self.browser.session.post
        return ask(self.browser.url + path, data=form, allow_redirects=False, timeout=PATIENCE).status_code

    def heard(self) -> tuple[str, str]:
        """Which model the provider was asked for last, and with which key."""
        request = chats(self.upstream)[-1]
        return request.json["model"], request.headers["authorization"].removeprefix("Bearer ")


Act = Callable[[House], object]


def nothing(_house: House) -> None:
    return None


@dataclass(frozen=True)
class Case:
    """What is there before, what is taken away, and whom the next question reaches: a model and a key, or a status."""

    name: str
    act: Act
    streams: tuple[str, str]
    then: tuple[str, str] | int
    before: Act = nothing
    after: Act = nothing


def turn_model(on: bool) -> Act:
    return lambda house: lifecycle.turn(ADA, house.runtime, house.one, on=on)


def reach(on: bool) -> Act:
    return lambda house: role_models.reach(ADA, house.runtime, house.role, ["acme:one"], on=on)


def gate(name: str, on: bool) -> Act:
    return lambda house: gates.turn(ADA, house.runtime, name, on=on)


def entitle(on: bool) -> Act:
    return lambda house: teams.entitle(ADA, house.runtime, house.team, on=on)


def choose_four(house: House) -> None:
    four = next(model.id for model in my_team.read(house.uma, house.runtime).models)
    lifecycle.turn(ADA, house.runtime, four, on=True)
    my_team.choose_default(house.uma, house.runtime, four)


def back_on(house: House) -> None:
    gate("personal_keys", on=True)(house)
    own_keys.remove(house.uma, house.runtime, "acme")


def sign_out(house: House) -> None:
    token = house.browser.token("/profile")
    url = f"{house.browser.url}/sign-out"
    assert house.browser.session.post(url, data={"csrf_token": token}, timeout=PATIENCE).status_code == 200


CASES = (
    Case("model off", turn_model(on=False), ("one", SHARED), ("two", SHARED), after=turn_model(on=True)),
    Case("role", reach(on=False), ("one", SHARED), ("two", SHARED), after=reach(on=True)),
    Case(
        "key removed by an administrator",
        lambda house: holders.revoke(ADA, house.runtime, "acme", house.uma.id),
        ("one", OWN),
        ("one", SHARED),
        before=House.save_key,
    ),
    Case(
        "key removed by its owner",
        lambda house: own_keys.remove(house.uma, house.runtime, "acme"),
        ("one", OWN),
        ("one", SHARED),
        before=House.save_key,
    ),
    Case(
        "keys gate",
        gate("personal_keys", on=False),
        ("one", OWN),
        ("one", SHARED),
        before=House.save_key,
        after=back_on,
    ),
    Case("entitlement", entitle(on=False), ("four", TEAM), ("one", SHARED), choose_four, entitle(on=True)),
    Case(
        "team's provider",
        lambda house: registry.delete(ADA, house.runtime, "own"),
        ("four", TEAM),
        ("one", SHARED),
    ),
    Case(
        "model deleted", lambda house: lifecycle.delete(ADA, house.runtime, house.one), ("one", SHARED), ("two", SHARED)
    ),
    Case("AI gate", gate("ai", on=False), ("two", SHARED), 503, after=gate("ai", on=True)),
    Case("signed out", sign_out, ("two", SHARED), 401, after=lambda house: house.browser.sign_in(EMAIL, PASSWORD)),
    Case("disabled", lambda house: users.disable(ADA, house.runtime, house.uma.id), ("two", SHARED), 401),
)


@pytest.fixture
def house(runtime: Runtime, settings: Settings, tmp_path: Path, upstream: Upstream) -> Iterator[House]:
    upstream.stream_sse(HELLO)
    address = f"{upstream.url}/v1"
    one, two = connect(runtime, ADA, address, "one", "two", key=SHARED)
    (four,) = connect(runtime, ADA, address, "four", name="own", key=TEAM)
    held = [Permission.CHAT, Permission.PERSONAL_KEY]
    role = roles.create(ADA, runtime, "Guests", "", held, models="acme:one\nacme:two\nown:four")
    users.change(ADA, runtime, Actors.uma.id, "Uma Ortiz", EMAIL, [role])
    team = teams.create(ADA, runtime, "Red")
    members.add_member(ADA, runtime, team, EMAIL)
    members.make_manager(ADA, runtime, team, Actors.uma.id, on=True)
    teams.entitle(ADA, runtime, team, on=True)
    drawn = teams.find(ADA, runtime, team).version
    teams.change(ADA, runtime, team, "Red", exclusive=False, networks="127.0.0.0/8", version=drawn)
    owners.give(ADA, runtime, "own", team)
    lifecycle.turn(ADA, runtime, four, on=False)  # until it is the team's default
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.execute(update(UserRecord).values(password_hash=hashed))
    uma = replace(Actors.uma, role_ids=frozenset({role}), team_id=team)
    environ = {
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_SECRET_KEY": "shared",
    }
    with running(tmp_path / "other", **environ) as portal:
        browser = Browser(portal.url).sign_in(EMAIL, PASSWORD)
        yield House(runtime, upstream, browser, uma, one, two, role, team)


def test_what_is_taken_away_while_an_answer_streams_serves_it_to_its_end_and_no_other(house: House):
    for case in CASES:
        case.before(house)
        path, form = house.form()
        with house.streaming() as (stream, go):
            case.act(house)
            asked = len(chats(house.upstream))
            status = house.next_question(path, form)
            if isinstance(case.then, int):
                assert status == case.then, case.name
                assert len(chats(house.upstream)) == asked, f"{case.name}: nobody was asked"
            else:
                assert status == 303, f"{case.name}: {status}"
                told = newest_attempt()
                assert len(chats(house.upstream)) == asked + 1, f"{case.name}: {told.state} {told.hint} {told.trail}"
                assert house.heard() == case.then, f"{case.name}: {told.trail}"
                assert (told.state, told.text) == ("complete", "Hello."), case.name
                assert told.selected_model.endswith(f":{case.then[0]}"), case.name
                assert told.key_source == ("personal" if case.then[1] == OWN else "shared"), case.name
            go.set()
            ended = stream.until("ended")
            assert ended["state"] == "complete", f"{case.name}: {ended}"
        first = streamed()
        assert (first.state, first.text) == ("complete", "Half and whole."), case.name
        assert first.selected_model.endswith(f":{case.streams[0]}"), case.name
        assert first.key_source == ("personal" if case.streams[1] == OWN else "shared"), case.name
        assert chats(house.upstream)[asked - 1].json["model"] == case.streams[0], case.name
        assert chats(house.upstream)[asked - 1].headers["authorization"] == f"Bearer {case.streams[1]}", case.name
        case.after(house)


def streamed() -> AttemptRecord:
    """The last answer that came in two halves."""
    with reading() as session:
        halves = select(AttemptRecord).where(AttemptRecord.text.startswith("Half"))
        attempt = session.scalars(halves.order_by(AttemptRecord.created_at.desc()).limit(1)).first()
    assert attempt is not None
    return attempt
