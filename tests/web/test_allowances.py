"""The page of limits and budgets, and what everybody sees of their own."""

from decimal import Decimal
from uuid import uuid4

import pytest

from portal.domain.allowances import Allowance, Kind
from portal.domain.budgets import DOLLAR
from portal.services.access_tokens import own_tokens
from portal.services.allowances import setting
from portal.services.usage import ledger
from tests.allowing import allow
from tests.counting import queries
from tests.using import usage_row
from tests.web.asking import words


def spend(actors, runtime, cost: str) -> None:
    row = usage_row(runtime.now(), actors.uma.id, cost=Decimal(cost))
    assert ledger.here().write(row)


def test_a_budget_is_found_typed_saved_and_listed(ada, actors, runtime):
    page = ada.get("/limits?kind=user&q=uma").get_data(as_text=True)
    address = f"/limits/user/{actors.uma.id}"
    assert address in page
    answer = ada.post_form(address, {"per_minute": "1,000", "per_day": "", "budget": "$12.50", "raised_to": ""})
    assert answer.status_code == 302
    assert setting.show(actors.ada, Kind.USER, actors.uma.id).allowance == Allowance(
        per_minute=1000, budget=12_500_000_000
    )
    page = ada.get("/limits").get_data(as_text=True)
    assert "Uma Ortiz" in page
    assert "$12.50" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"per_minute": "many"}, "per_minute"),
        ({"budget": "1e9"}, "budget"),
        ({"budget": "5", "raised_to": "9"}, "raised_until"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field_and_kept(ada, actors, typed, field):
    answer = ada.post_form(f"/limits/user/{actors.uma.id}", typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in page
    assert all(f'value="{text}"' in page for text in typed.values())


def test_of_two_who_save_at_once_the_second_is_told(ada, actors, runtime):
    address = f"/limits/user/{actors.uma.id}"
    version = setting.show(actors.ada, Kind.USER, actors.uma.id).version
    allow(runtime, Kind.USER, actors.uma.id, per_minute=7)
    answer = ada.post_form(address, {"per_minute": "9", "version": version})
    assert answer.status_code == 409
    assert setting.show(actors.ada, Kind.USER, actors.uma.id).allowance.per_minute == 7


def test_nobody_else_sees_it_and_what_is_not_there_is_not_found(uma, ada):
    assert uma.get("/limits").status_code == 403
    assert ada.get(f"/limits/user/{uuid4()}").status_code == 404
    assert ada.get(f"/limits/nonsense/{uuid4()}").status_code == 404
    assert ada.get("/limits?kind=nonsense").status_code == 404


def test_unpriced_models_are_forbidden_and_allowed_again(ada, actors):
    ada.post_form("/limits/unpriced", {"on": "no"})
    assert not setting.read(actors.ada).unpriced
    ada.post_form("/limits/unpriced", {"on": "yes"})
    assert setting.read(actors.ada).unpriced


def test_ones_menu_says_what_is_spent_of_ones_budget(uma, actors, runtime):
    assert " of $50" not in uma.get("/chat").get_data(as_text=True)
    allow(runtime, Kind.USER, actors.uma.id, budget=50 * DOLLAR)
    spend(actors, runtime, "12.4")
    assert "$12.40 of $50" in uma.get("/chat").get_data(as_text=True)
    assert "$12.40 of $50 this month: your own budget" in uma.get("/usage/mine").get_data(as_text=True)


def test_the_list_of_ones_tokens_says_how_the_budget_of_each_stands(uma, actors, runtime):
    for name in ("laptop", "robot", "other"):
        own_tokens.create(actors.uma, runtime, name, ["chat.use"])
    ids = {token.name: token.id for token in own_tokens.list_own(actors.uma, runtime).living}
    uma.get("/access-tokens")
    with queries() as without:
        assert "this month" not in words(uma.get("/access-tokens"))
    for name, budget in (("laptop", 5), ("robot", 50)):
        allow(runtime, Kind.TOKEN, ids[name], budget=budget * DOLLAR)
    assert ledger.here().write(usage_row(runtime.now(), actors.uma.id, token_id=ids["laptop"], cost=Decimal("1.25")))
    uma.get("/access-tokens")
    with queries() as asked:
        page = words(uma.get("/access-tokens"))
    assert "$1.25 of $5 this month" in page
    assert "$0 of $50 this month" in page
    assert page.count("this month") == 2
    assert len(asked) == len(without) + 1
