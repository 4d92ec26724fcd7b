import pytest
from sqlalchemy import select

from portal.domain.errors import Denied, Invalid
from portal.domain.permissions import Permission
from portal.domain.selection import Refusal
from portal.services.people import roles
from portal.services.selection import choosing, reach
from portal.store.audit import AuditRecord
from portal.store.base import reading
from tests.conftest import Actors
from tests.factories import make_provider
from tests.services.people.test_users import actor_of, built_in, make
from tests.services.teams.cast import publish

__all__ = ["built_in"]

CHAT = Permission.CHAT


@pytest.fixture
def models(runtime) -> dict[str, object]:
    """Two models of one provider and one of another; the first is the default."""
    for name in ("one", "two"):
        make_provider(name, "demo")
    return {f"{provider}:{name}": publish(runtime, provider, name) for provider, name in (
        ("one", "small"), ("one", "large"), ("two", "small"),
    )}  # fmt: skip


def test_a_preview_counts_and_names_what_patterns_reach(runtime, models):
    assert reach.preview(Actors.ada, runtime, "") == reach.Reach(3, 3, ("one:small", "one:large", "two:small"), True)
    found = reach.preview(Actors.ada, runtime, "two:*\nai:models:one:large")
    assert (found.reached, found.models, found.first) == (2, 3, ("one:large", "two:small"))
    assert reach.preview(Actors.ada, runtime, "ONE:x").fault
    assert reach.preview(Actors.ada, runtime, "a:\0b*").reached == 0


def test_a_preview_names_twenty_and_counts_the_rest(runtime):
    make_provider("many", "demo")
    for number in range(23):
        publish(runtime, "many", f"m{number:02}")
    found = reach.preview(Actors.ada, runtime, "many:m*")
    assert (found.reached, len(found.first), found.rest) == (23, 20, 3)


def test_only_those_who_manage_roles_see_a_preview(runtime):
    for actor in (Actors.otto, Actors.uma, Actors.eve):
        with pytest.raises(Denied):
            reach.preview(actor, runtime, "")


def test_patterns_count_from_the_next_request_of_whoever_holds_the_role(runtime, models):
    role_id = roles.create(Actors.ada, runtime, "Limited", "", [CHAT], "two:*")
    holder = make(runtime, [role_id])
    assert choosing.choose(runtime, actor_of(runtime, holder)).language_model_id == models["two:small"]
    roles.change(Actors.ada, runtime, role_id, "Limited", "", [CHAT], "one:large")
    assert choosing.choose(runtime, actor_of(runtime, holder)).language_model_id == models["one:large"]
    assert isinstance(choosing.choose(runtime, actor_of(runtime, holder), explicit=models["one:small"]), Refusal)
    roles.change(Actors.ada, runtime, role_id, "Limited", "", [CHAT])
    assert choosing.choose(runtime, actor_of(runtime, holder)).language_model_id == models["one:small"]


def test_patterns_are_kept_in_order_and_told(runtime):
    role_id = roles.create(Actors.ada, runtime, "Limited", "", [CHAT], "openai:*\r\n\r\n ai:models:claude \nopenai:*")
    assert roles.find(Actors.ada, runtime, role_id).patterns == ("openai:*", "claude:*")
    roles.change(Actors.ada, runtime, role_id, "Limited", "", [CHAT], "claude:*")
    roles.change(Actors.ada, runtime, role_id, "Limited", "", [CHAT], "claude")
    with reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    assert [row.verb for row in rows] == ["role.create", "role.change"]
    assert (rows[1].before["models"], rows[1].after["models"]) == (["openai:*", "claude:*"], ["claude:*"])


def test_a_pattern_that_cannot_be_one_is_a_fault_beside_its_field(runtime):
    with pytest.raises(Invalid) as fault:
        roles.create(Actors.ada, runtime, "", "", [CHAT], "openai:")
    assert set(fault.value.faults) == {"name", "models"}
