"""Answers are drawn while they arrive, and drawing leaves most of a process to everything else."""

from portal.web.chat.drawing import DRAW_EVERY, ITS_SHARE, SHARE_OF_ALL, Drawing, DrawingBudget
from tests.clocks import Clock


def worked(seconds: float):
    """The work that a thread has done, asked before and after each drawing, which takes so many seconds."""
    done = iter(number // 2 * 10 + number % 2 * seconds for number in range(1_000))
    return lambda: next(done)


def test_what_arrives_at_once_is_drawn_at_once_and_what_comes_soon_after_waits(app):
    clock = Clock(100.0)
    drawing = Drawing(DrawingBudget(), clock, worked(0.001))
    assert drawing.add("One")[1] == '<p dir="auto">One</p>\n'
    assert drawing.add(" two") is None
    clock.now += DRAW_EVERY
    assert drawing.due()[1] == '<p dir="auto">One two</p>\n'
    assert drawing.due() is None, "there is nothing new"


def test_a_drawing_that_takes_long_is_followed_by_a_long_pause(app):
    clock = Clock(100.0)
    drawing = Drawing(DrawingBudget(), clock, worked(1.0))
    drawing.add("One")
    clock.now += ITS_SHARE * 0.99
    assert drawing.add(" two") is None
    clock.now += ITS_SHARE * 0.02
    assert drawing.due() is not None


def test_many_answers_share_one_budget():
    budget = DrawingBudget()
    answers = [object() for _ in range(300)]
    pauses = [budget.pause(one, 0.01) for one in answers]
    assert pauses[0] == DRAW_EVERY, "alone it is drawn as soon as can be"
    # Each is drawn once in its pause: so all together take this share of the time at most.
    assert budget.pause(answers[0], 0.01) >= 0.999 * SHARE_OF_ALL * 300 * 0.01
    for one in answers[1:]:
        budget.leave(one)
    assert budget.pause(answers[0], 0.01) == DRAW_EVERY


def test_an_answer_that_ends_gives_its_time_to_the_others(app):
    clock, budget = Clock(100.0), DrawingBudget()
    slow, quick = Drawing(budget, clock, worked(5.0)), Drawing(budget, clock, worked(0.001))
    slow.add("Long")
    quick.add("Short")
    clock.now += DRAW_EVERY
    assert quick.add(" and more") is None
    slow.close()
    clock.now += SHARE_OF_ALL * 6
    assert quick.due() is not None
    clock.now += DRAW_EVERY
    assert quick.add(" still") is not None


def test_thinking_that_showed_late_begins_the_drawing_anew(app):
    clock = Clock(100.0)
    drawing = Drawing(DrawingBudget(), clock, worked(0.001))
    drawing.add("It was a thought")
    drawing.begin_anew()
    clock.now += DRAW_EVERY
    assert drawing.add("The answer")[1] == '<p dir="auto">The answer</p>\n'
