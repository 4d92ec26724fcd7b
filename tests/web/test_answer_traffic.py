"""What a whole answer asks of the database: so many statements in so many transactions, whatever the data."""

import re

import pytest

from portal.services.keys.pools import Pasted
from portal.services.personal_keys import own_keys
from tests.chatting import KEY, connect, long_chat
from tests.counting import Traffic, traffic
from tests.upstream import Upstream

STATEMENTS, TRANSACTIONS = 13, 4
"""The bounds, from the sign-in's look-up to the last row. The checkpoints of all answers together are beside them."""

STREAM = {"Accept": "text/event-stream, application/json"}
WORDS = " ".join(["word"] * 40)


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=WORDS) as up:
        yield up


def asked(client, path: str, data: dict[str, object]) -> tuple[Traffic, dict[str, str]]:
    """What one answer takes, from the request that asks for it to its last event; and the ids it came with."""
    with traffic() as seen:
        told = client.post_form(path, data, headers=STREAM).get_data(as_text=True)
    assert "event: ended" in told, told
    assert '"state": "complete"' in told
    assert "word word" in told
    return seen, dict(re.findall(r'"(chat|turn)": "([^"]+)"', told))


def first(client) -> tuple[Traffic, dict[str, str]]:
    page = client.get("/chat").text
    path = re.search(r'action="(/chat/[^"]+/turns)"', page)[1]
    return asked(client, path, {"text": "One?", "client_id": "c1", "new": "yes"})


def each(client, turns: int) -> dict[str, Traffic]:
    """The first question of a chat, the next one, one more in other words, the answer once more, and a long chat's."""
    found = {}
    found["first"], ids = first(client)
    chat = f"/chat/{ids['chat']}"
    found["next"], after = asked(client, f"{chat}/turns", {"text": "Two?", "client_id": "c2", "parent": ids["turn"]})
    found["again"], _ = asked(client, f"{chat}/turns/{after['turn']}/attempts", {})
    long = long_chat(client.user_id, turns)
    page = client.get(f"/chat/{long}").text
    parent = re.findall(r'data-turn="([^"]+)"', page)[-1]
    found["long"], _ = asked(client, f"/chat/{long}/turns", {"text": "More?", "client_id": "c3", "parent": parent})
    return found


def told(found: dict[str, Traffic]) -> str:
    return "\n\n".join(
        f"{name}: {len(seen.statements)} statements, {seen.transactions} transactions\n{seen.told()}"
        for name, seen in found.items()
    )


@pytest.mark.parametrize("models", [20, 1_000])
def test_an_answer_asks_so_much_of_the_database_and_no_more(uma, runtime, actors, provider, models):
    connect(runtime, actors.ada, provider.base_url, *(f"m{number}" for number in range(models)))
    found = each(uma, turns=models // 10)
    counts = {name: (len(seen.statements), seen.transactions) for name, seen in found.items()}
    assert max(statements for statements, _ in counts.values()) <= STATEMENTS, told(found)
    assert max(transactions for _, transactions in counts.values()) <= TRANSACTIONS, told(found)
    assert counts["first"][0] < counts["next"][0], "what is new has nothing to be read of it"


def test_what_follows_an_answer_asks_nothing_before_it_has_ended(uma, runtime, actors, provider, follows):
    connect(runtime, actors.ada, provider.base_url)
    found = each(uma, turns=2)
    follows()
    counts = {name: (len(seen.statements), seen.transactions) for name, seen in found.items()}
    assert max(statements for statements, _ in counts.values()) <= STATEMENTS, told(found)
    assert max(transactions for _, transactions in counts.values()) <= TRANSACTIONS, told(found)
    assert len(provider.requests) > len(found), "its chat was not named"


def test_no_row_is_read_twice(uma, runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    for name, seen in each(uma, turns=3).items():
        said = [statement for statement, _ in seen.statements]
        assert len(set(said)) == len(said), (name, seen.told())


def test_an_answer_by_ones_own_key_asks_no_more(uma, runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    own_keys.save(actors.uma, runtime, "acme", Pasted("key", {"key": KEY}))
    found = each(uma, turns=3)
    assert max(len(seen.statements) for seen in found.values()) <= STATEMENTS, told(found)
    assert max(seen.transactions for seen in found.values()) <= TRANSACTIONS, told(found)
    assert all("personal_keys" in seen.told() for seen in found.values())
