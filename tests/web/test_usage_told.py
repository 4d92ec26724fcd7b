"""Usage told by team, provider, token and session; a team's own page; and files that say what the page says."""

import re
from uuid import UUID, uuid4

import pytest

from portal.services.access_tokens import own_tokens
from portal.services.runtime import Runtime
from portal.services.teams import teams
from portal.services.usage import summing
from portal.services.usage.told import By
from tests.conftest import Actors, Client
from tests.counting import queries
from tests.services.published import connect
from tests.teams import Furnished, furnish_team
from tests.using import ago, use
from tests.web.test_usage import lines, table


@pytest.fixture
def team(runtime: Runtime) -> Furnished:
    """Uma manages it, Eve is a member; Otto is not, and was once."""
    return furnish_team(runtime)


@pytest.fixture
def token(runtime: Runtime) -> UUID:
    return own_tokens.create(Actors.uma, runtime, "laptop", ["chat.use"]).id


@pytest.fixture
def acme(app) -> UUID:
    return connect("acme")


@pytest.fixture(params=["summed", "not summed"])
def some_use(request: pytest.FixtureRequest, team: Furnished, token: UUID, acme: UUID) -> None:
    use(ago(0), Actors.uma.id, 3, team_id=team.id, token_id=token, provider_id=acme, session="s-9")
    use(
        ago(1),
        Actors.uma.id,
        1,
        team_id=team.id,
        token_id=token,
        session="s-9",
        context="title",
    )
    use(ago(1), Actors.otto.id, 2, team_id=team.id, session="s-9")
    use(ago(0), Actors.otto.id, 4, session="")
    use(ago(0), Actors.eve.id, 1, team_id=uuid4(), token_id=uuid4(), provider_id=uuid4())
    if request.param == "summed":
        summing.sum_up()


def told(client: Client, by: str, where: str = "/usage") -> list[str]:
    """What each line begins with: its name and its requests."""
    return [
        re.match(r"(.*?\d+) \d+ \d+ cached", line.replace(",0", "0"))[1] for line in lines(client, f"{where}?by={by}")
    ]


def test_everybodys_is_told_by_team_provider_context_token_and_session(some_use: None, ada: Client):
    assert told(ada, "team") == ["Red 6", "no team 4", "unknown team 1"]
    assert told(ada, "provider") == ["none 7", "acme 3", "unknown provider 1"]
    assert told(ada, "context") == ["root 10", "title 1"]
    assert told(ada, "token") == ["no token 6", "laptop Uma Ortiz 4", "a token that is gone 1"]
    today, before = (day.date().isoformat() for day in (ago(0), ago(1)))
    assert sorted(told(ada, "session")) == sorted(
        [
            f"not said {today} 4",
            f"s-1 {today}, Eve Stone 1",
            f"s-9 {today}, Uma Ortiz 3",
            f"s-9 {before}, Uma Ortiz 1",
            f"s-9 {before}, Otto Lind 2",
        ]
    ), "one session's name is two sessions when two people have it"


def test_a_team_is_picked_and_told_by_person(some_use: None, team: Furnished, ada: Client):
    page = ada.get("/usage?by=team").text
    address = re.search(rf'href="(/usage\?[^"]*team={team.id}[^"]*)"', page)[1].replace("&amp;", "&")
    picked = ada.get(address).text
    assert "By team" not in picked
    assert "By person" in picked
    assert told(ada, f"person&team={team.id}") == ["Uma Ortiz 4", "Otto Lind 2"]
    assert len(lines(ada, f"/usage?by=request&team={team.id}")) == 6


def test_a_manager_sees_what_the_team_used_and_nothing_else(some_use: None, team: Furnished, uma: Client):
    assert told(uma, "person", "/my-team/usage") == ["Uma Ortiz 4", "Otto Lind 2"]
    assert told(uma, f"person&team={uuid4()}&person={Actors.eve.id}", "/my-team/usage") == [
        "Uma Ortiz 4",
        "Otto Lind 2",
    ]
    assert len(lines(uma, "/my-team/usage?by=request")) == 6
    assert {row["person"] for row in table(uma, "/my-team/usage/export.csv?by=request")} == {"Uma Ortiz", "Otto Lind"}
    assert 'href="/my-team/usage"' in uma.get("/my-team").text
    assert uma.get("/usage").status_code == 403


@pytest.mark.parametrize("who", ["ada", "otto", "eve"])
def test_for_everybody_else_there_is_no_such_page(request, some_use: None, who: str):
    client = request.getfixturevalue(who)
    assert client.get("/my-team/usage").status_code == 404
    assert client.get("/my-team/usage/export.csv?by=request").status_code == 404


def test_one_sees_ones_own_tokens_and_sessions(some_use: None, uma: Client, eve: Client):
    assert told(uma, "token", "/usage/mine") == ["laptop 4"]
    assert [line.split()[0] for line in lines(uma, "/usage/mine?by=session")] == ["s-9", "s-9"]
    assert told(eve, "token", "/usage/mine") == ["a token that is gone 1"]
    for tab in ("By person", "By team"):
        assert tab not in uma.get("/usage/mine").text


def test_a_team_that_is_gone_keeps_its_name(some_use: None, team: Furnished, runtime: Runtime, ada: Client):
    use(ago(0), Actors.uma.id, 9, team_id=(gone := teams.create(Actors.ada, runtime, "Blue")))
    teams.remove(Actors.ada, runtime, gone)
    assert told(ada, "team")[0] == "Blue 9"


@pytest.mark.parametrize("where", ["/usage", "/usage/mine", "/my-team/usage"])
def test_a_file_says_what_its_page_says(some_use: None, ada: Client, uma: Client, where: str):
    client = ada if where == "/usage" else uma
    for by in By:
        rows, shown = table(client, f"{where}/export.csv?by={by}"), lines(client, f"{where}?by={by}")
        assert len(rows) == len(shown) > 0
        if by is By.REQUEST:
            continue
        for row, line in zip(rows, shown, strict=True):
            for name in ("requests", "tokens_in", "tokens_out", "tokens_cache_read"):
                assert row[name] in line.replace(",", "").split(), (name, line)
            assert row["first_words_p50_ms"] + " ms" in line
        total = sum(int(row["requests"]) for row in rows)
        assert f"<dt>Requests</dt><dd>{total}</dd>" in client.get(f"{where}?by={by}").text


def test_a_team_of_much_asks_as_much_as_one_of_little(some_use: None, team: Furnished, uma: Client):
    def asked(by: By) -> int:
        with queries() as seen:
            assert uma.get(f"/my-team/usage?by={by}").status_code == 200
        return len(seen)

    uma.get("/my-team/usage")
    little = {by: asked(by) for by in By}
    for number in range(70):
        use(
            ago(0),
            Actors.uma.id,
            2,
            team_id=team.id,
            model=f"m{number}",
            session=f"s{number}",
            token_id=uuid4(),
        )
    summing.sum_up()
    use(ago(0), Actors.uma.id, 5, team_id=team.id, client="other")
    much = {by: asked(by) for by in By}
    assert {by: number for by, number in much.items() if number > little[by]} == {}


def test_the_chart_shows_what_is_chosen(some_use: None, ada: Client):
    said = {
        "requests": "Requests of 7 days: 11 in all",
        "tokens": "Tokens of 7 days: 1,210 in all",
        "cost": "Cost of 7 days: $2.75 in all",
        "saved": "Saved by caches of 7 days: $0.69 in all",
        "first words": "half came within 85 ms, nineteen in twenty within 85 ms. None on 5 of them.",
    }
    for show, words in said.items():
        assert words in ada.get("/usage", query_string={"show": show, "period": "7-days"}).text
