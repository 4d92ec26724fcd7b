"""The order of models: one takes its place among its provider's, whoever else does so at the same moment."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, NotFound
from portal.domain.language_models import Draft
from portal.services.language_models import lifecycle, publishing
from portal.store.audit import AuditRecord
from portal.store.base import reading
from portal.store.language_models import LanguageModelRecord
from tests.counting import queries
from tests.services.published import connect


def publish(runtime, actors, *names: str) -> dict[str, UUID]:
    """Models by name, published in turn on `local` and on `other`, so that both providers' places are mixed."""
    connect()
    connect("other")
    found = {}
    for name in names:
        found[name] = publishing.publish(actors.ada, runtime, "local", Draft(name)).id
        publishing.publish(actors.ada, runtime, "other", Draft(f"other-{name}"))
    return found


def order(of: str = "") -> list[str]:
    """The names that begin so, by position."""
    model = LanguageModelRecord
    with reading() as session:
        living = select(model.name).where(model.deleted_at.is_(None)).order_by(model.position)
        return [name for name in session.scalars(living) if name.startswith(of)]


def moves() -> int:
    with reading() as session:
        return len(list(session.scalars(select(AuditRecord.seq).where(AuditRecord.verb == "model.move"))))


def test_a_model_is_put_before_any_other_and_other_providers_stay_where_they_stand(runtime, actors):
    ids = publish(runtime, actors, "a", "b", "c", "d", "e")
    whole = order()
    expected = ["a", "b", "c", "d", "e"]
    chance = random.Random(11)  # noqa: S311 - an order, no secret
    for _ in range(40):
        moved, before = chance.choice(expected), chance.choice([*expected, None])
        lifecycle.move(actors.ada, runtime, ids[moved], before=ids[before] if before else None)
        if before != moved:
            expected.remove(moved)
            expected.insert(expected.index(before) if before else len(expected), moved)
        now = order()
        assert [name for name in now if name in ids] == expected
        assert [place for place, name in enumerate(now) if name in ids] == [0, 2, 4, 6, 8]
    assert [name for name in order() if name not in ids] == [name for name in whole if name not in ids]


def test_a_model_that_stands_there_already_does_not_move(runtime, actors):
    ids = publish(runtime, actors, "a", "b", "c")
    lifecycle.move(actors.ada, runtime, ids["a"], before=ids["b"])
    lifecycle.move(actors.ada, runtime, ids["b"], before=ids["b"])
    lifecycle.move(actors.ada, runtime, ids["c"])
    lifecycle.move_to_top(actors.ada, runtime, ids["a"])
    lifecycle.step(actors.ada, runtime, ids["a"], up=True)
    lifecycle.step(actors.ada, runtime, ids["c"], up=False)
    assert [name for name in order() if name in ids] == ["a", "b", "c"]
    assert moves() == 0
    lifecycle.move(actors.ada, runtime, ids["c"], before=ids["a"])
    assert moves() == 1


def test_a_model_is_not_put_before_one_of_another_provider_nor_before_one_that_is_gone(runtime, actors):
    ids = publish(runtime, actors, "a", "b")
    theirs = publishing.publish(actors.ada, runtime, "other", Draft("theirs")).id
    whole = order()
    with pytest.raises(Conflict):
        lifecycle.move(actors.ada, runtime, ids["a"], before=theirs)
    with pytest.raises(NotFound):
        lifecycle.move(actors.ada, runtime, ids["a"], before=uuid4())
    assert order() == whole
    lifecycle.delete(actors.ada, runtime, ids["b"])
    with pytest.raises(NotFound):
        lifecycle.move(actors.ada, runtime, ids["a"], before=ids["b"])


def test_moving_asks_as_much_of_the_database_among_many_models_as_among_few(runtime, actors):
    few = publish(runtime, actors, "a", "b", "c")

    def asked() -> list[int]:
        counts = []
        for act in (
            lambda: lifecycle.move_to_top(actors.ada, runtime, few["c"]),
            lambda: lifecycle.move(actors.ada, runtime, few["c"]),
            lambda: lifecycle.step(actors.ada, runtime, few["a"], up=False),
            lambda: lifecycle.move(actors.ada, runtime, few["b"], before=few["c"]),
        ):
            with queries() as statements:
                act()
            counts.append(len(statements))
        return counts

    before = asked()
    publishing.publish_ticked(actors.ada, runtime, "local", [Draft(f"m{number}") for number in range(150)])
    lifecycle.move(actors.ada, runtime, few["a"])
    assert asked() == before


def test_administrators_who_move_at_once_leave_each_model_a_place_of_its_own(app, runtime, actors):
    names = ["a", "b", "c", "d", "e", "f"]
    ids = publish(runtime, actors, *names)
    start = Barrier(4)

    def rearrange(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - an order, no secret
        with app.app_context():
            start.wait()
            for _ in range(10):
                lifecycle.move(actors.ada, runtime, ids[chance.choice(names)], before=ids[chance.choice(names)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rearrange, range(4)))
    now = order()
    assert [place for place, name in enumerate(now) if name in ids] == [0, 2, 4, 6, 8, 10]
    with reading() as session:
        places = list(session.scalars(select(LanguageModelRecord.position)))
    assert len(set(places)) == len(places)


def test_a_model_moved_before_one_that_goes_at_the_same_moment_moves_or_is_told(app, runtime, actors):
    ids = publish(runtime, actors, "a", "b", "c")
    start = Barrier(2)

    def at_once(deed) -> object:
        with app.app_context():
            start.wait()
            try:
                return deed()
            except NotFound as error:
                return error

    deeds = (
        lambda: lifecycle.move(actors.ada, runtime, ids["c"], before=ids["a"]),
        lambda: lifecycle.delete(actors.ada, runtime, ids["a"]),
    )
    with ThreadPoolExecutor(2) as pool:
        moved, _ = pool.map(at_once, deeds)
    left = [name for name in order() if name in ids]
    assert left == (["b", "c"] if isinstance(moved, NotFound) else ["c", "b"])
