"""The pages of usage: everybody's and one's own, by period and by what they tell, and their files."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from portal.services.usage import summing
from portal.services.usage.told import By
from tests.conftest import Actors, Client
from tests.counting import queries
from tests.using import UNKNOWN, ago, use


def lines(client: Client, address: str) -> list[str]:
    """Each line of the table, as words."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    body = re.search(r"<tbody>(.*?)</tbody>", answer.text, re.S)
    found = re.findall(r"<tr>(.*?)</tr>", body[1], re.S) if body else []
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in found]


def table(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.fixture
def some_use(app: Flask) -> None:
    uma, otto = Actors.uma.id, Actors.otto.id
    use(ago(0), uma, 3)
    use(ago(2), uma, client="=cmd()", model="acme:<b>small</b>", cost=None)
    summing.sum_up()
    use(ago(20), otto, 2, cost=Decimal("0.00005"))
    use(ago(20), otto, state="failed", status=502, **UNKNOWN)


@pytest.mark.parametrize("who", ["otto", "uma", "eve"])
def test_everybodys_usage_is_for_those_who_may(request, some_use: None, who: str):
    client = request.getfixturevalue(who)
    assert client.get("/usage").status_code == 403
    assert client.get("/usage/export.csv").status_code == 403
    assert client.get("/usage/mine").status_code == 200


def test_totals_say_what_is_not_known(some_use: None, ada: Client):
    page = ada.get("/usage").text
    figures = " ".join(re.sub(r"<[^>]+>", " ", page.partition('<dl class="figures">')[2].partition("</dl>")[0]).split())
    assert figures == (
        "Requests 7 1 failed Tokens in 600 240 read from caches, 150 written to them Tokens out 60 "
        "Cost $0.75 without 1 request whose cost is not known "
        "Saved by caches $0.375 against the price of plain tokens "
        "First words 85 ms half within this, 95 % within 85 ms; wrong by 13 % at most"
    )


def test_it_is_told_by_day_model_person_and_client(some_use: None, ada: Client):
    assert lines(ada, "/usage?by=person") == [
        "Uma Ortiz 4 400 160 cached 40 $0.75 1 unpriced $0.25 saved 85 ms 95 % within 85 ms",
        "Otto Lind 3 1 failed 200 80 cached 20 $0.0001 $0.125 saved 85 ms 95 % within 85 ms",
    ]
    assert (
        lines(ada, "/usage?by=model")[1]
        == "acme:&lt;b&gt;small&lt;/b&gt; 1 100 40 cached 10 unpriced 85 ms 95 % within 85 ms"
    )
    assert lines(ada, "/usage?by=client")[1].startswith("=cmd() 1 ")
    assert [line.split()[:2] for line in lines(ada, "/usage?by=day")] == [
        [ago(days).date().isoformat(), number] for days, number in ((0, "3"), (2, "1"), (20, "3"))
    ]
    assert len(lines(ada, "/usage?by=request")) == 7


def test_the_period_is_chosen_at_a_press_or_typed(some_use: None, ada: Client):
    assert len(lines(ada, "/usage?period=7-days")) == 2
    day = ago(20).date().isoformat()
    assert len(lines(ada, f"/usage?since={day}&until={day}")) == 1
    assert len(lines(ada, f"/usage?since={day}")) == 3
    this_month = [days for days in (0, 2, 20) if ago(days).date() >= ago(0).date().replace(day=1)]
    assert len(lines(ada, "/usage?period=this-month")) == len(this_month)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("since=2026-02-02&until=2026-01-01", "Swap the two"),
        ("since=2020-01-01&until=2026-01-01", "Choose at most 366."),
        ("since=soon", "Not a valid date value."),
    ],
)
def test_days_that_are_no_period_are_refused_with_a_sentence(ada: Client, query: str, sentence: str):
    answer = ada.get(f"/usage?{query}")
    assert answer.status_code == 422
    assert sentence in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "period=ever&by=colour&show=x&person=nobody&from=-1&before=yesterday",
        "by=request&before=2026-11-20T00:00:00_00000000-0000-0000-0000-000000000001",
        "from=999999999999999999999999",
        "since=0001-01-01",
        "until=0001-01-01",
        "until=9999-12-31",
        "since=9999-12-31",
        "by=request&until=9999-12-31",
    ],
)
def test_an_address_that_asks_for_nothing_sensible_shows_something(ada: Client, query: str):
    assert ada.get(f"/usage?{query}").status_code == 200
    assert ada.get(f"/usage/export.csv?{query}").status_code == 200


def test_the_chart_says_in_words_what_it_draws(some_use: None, ada: Client):
    today = ago(0).date().isoformat()
    page = ada.get("/usage?period=7-days").text
    assert f'aria-label="Requests of 7 days: 4 in all, most on {today} with 3, none on 5 of them."' in page
    assert (
        f'aria-label="Cost of 7 days: $0.75 in all, most on {today} with $0.75'
        in ada.get("/usage?period=7-days&show=cost").text
    )
    assert "Tokens of 7 days: 440 in all" in ada.get("/usage?period=7-days&show=tokens").text


def test_one_person_is_picked_and_taken_off_again(some_use: None, ada: Client):
    page = ada.get("/usage?by=person").text
    address = re.search(rf'href="(/usage\?[^"]*person={Actors.uma.id}[^"]*)"', page)[1].replace("&amp;", "&")
    told = ada.get(address).text
    assert "Uma Ortiz" in told
    assert "By person" not in told
    assert len(lines(ada, f"/usage?by=request&person={Actors.uma.id}")) == 4


def test_one_sees_ones_own_whoever_the_address_names(some_use: None, uma: Client, eve: Client):
    assert len(lines(uma, f"/usage/mine?by=request&person={Actors.otto.id}")) == 4
    assert {row["person"] for row in table(uma, f"/usage/mine/export.csv?by=request&person={Actors.otto.id}")} == {
        "Uma Ortiz"
    }
    assert "Nothing was used in these days." in eve.get("/usage/mine").text


def test_files_tell_the_same_and_are_safe_to_open(some_use: None, ada: Client):
    people = table(ada, "/usage/export.csv?by=person")
    assert [(row["person"], row["requests"], row["unpriced"]) for row in people] == [
        ("Uma Ortiz", "4", "1"),
        ("Otto Lind", "3", "0"),
    ]
    clients = table(ada, "/usage/export.csv?by=client")
    assert {row["client"] for row in clients} == {"codex", "'=cmd()"}
    (unpriced,) = (row for row in clients if row["client"] != "codex")
    assert unpriced["cost"] == "", "unknown is not zero"
    requests = table(ada, "/usage/export.csv?by=request")
    assert len(requests) == 7
    assert {row["session"] for row in requests} == {"s-1"}
    assert date.fromisoformat(table(ada, "/usage/export.csv")[0]["day"]) == ago(0).date()


@pytest.mark.parametrize("by", list(By))
def test_a_page_asks_as_much_of_much_as_of_little(some_use: None, ada: Client, by: By):
    ada.get(f"/usage?by={by}")

    def asked() -> int:
        with queries() as seen:
            assert ada.get(f"/usage?by={by}").status_code == 200
        return len(seen)

    little = asked()
    for number in range(70):
        use(
            ago(number / 24),
            (Actors.uma, Actors.otto, Actors.ada)[number % 3].id,
            2,
            model=f"m{number}",
        )
    summing.sum_up()
    use(ago(0), Actors.eve.id, 5, client="other")
    assert asked() <= little


def test_lines_beyond_a_page_are_on_the_next(app: Flask, ada: Client):
    for number in range(60):
        use(ago(0), Actors.uma.id, model=f"acme:m{number:02d}")
    for by, words in (("model", "More"), ("request", "Older")):
        first = ada.get(f"/usage?by={by}").text
        following = re.search(rf'href="([^"]+)"[^>]*>{words}<', first)[1].replace("&amp;", "&")
        assert len(lines(ada, f"/usage?by={by}")) == 50
        assert len(lines(ada, following)) == 10
