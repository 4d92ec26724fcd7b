"""What models write beyond CommonMark: each as people should read it, and nothing that could do harm."""

import pytest

from portal.web.prose import Growing, render


@pytest.mark.parametrize(
    "formula",
    [r"\(E = m c^2 * a*\)", r"\[a*b*c \\ d\]", "$x_1*y_2*z$", r"$$\frac{a}{b} _x_ **y**$$"],
)
def test_a_formula_keeps_its_backslashes_and_stars(formula):
    assert f'<span class="math">{formula}</span>' in render(f"So {formula} holds.")


@pytest.mark.parametrize(("opens", "closes"), [("$$", "$$"), (r"\[", r"\]")])
def test_a_formula_of_several_lines_is_a_block_of_its_own(opens, closes):
    text = f"{opens}\n\\int_0^1 *x*\n= 1\n{closes}"
    assert render(f"So\n{text}\nholds.") == (
        f'<p dir="auto">So</p>\n<div class="math">{text}</div>\n<p dir="auto">holds.</p>\n'
    )


@pytest.mark.parametrize("words", ["$5 and $10, or $3-$4", "$ 5$", "It costs $5.", "$$", r"a $x"])
def test_prices_are_no_formulas(words):
    assert 'class="math"' not in render(words)


def test_what_begins_like_a_formula_and_never_ends_is_text():
    assert render(r"\[ and \( and $$ x") == '<p dir="auto">[ and ( and $$ x</p>\n'
    assert 'class="math"' not in render("\\(" + "x" * 3000 + "\\)")


@pytest.mark.parametrize("block", ["p", "li", "blockquote", "h4", "th", "td"])
def test_every_block_runs_as_its_own_letters_do(block):
    text = "שלום\n\n- مرحبا\n\n> שלום\n\n## مرحبا\n\n| א | ב |\n| --- | --- |\n| ג | ד |"
    assert f'<{block} dir="auto">' in render(text)


def test_a_line_breaks_inside_a_cell():
    assert '<td dir="auto">one<br>\ntwo</td>' in render("| a |\n| --- |\n| one<br>two |")


def test_only_a_bare_break_is_one():
    assert "&lt;br onload=x&gt;" in render("a<br onload=x>b")


def test_tasks_have_boxes():
    drawn = render("- [x] done\n- [ ] open\n- [y] neither")
    assert '<span class="task">☑ </span>done' in drawn
    assert '<span class="task">☐ </span>open' in drawn
    assert "[y] neither" in drawn


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.org/a_b_c?x=1.", "https://example.org/a_b_c?x=1"),
        ("(https://example.org/A_(b))", "https://example.org/A_(b)"),
        ("**https://example.org**", "https://example.org"),
        ("[^1]: http://example.org/x", "http://example.org/x"),
    ],
)
def test_a_bare_address_is_a_link(text, address):
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">{address}</a>' in render(text)


@pytest.mark.parametrize(
    "text", ["`https://example.org`", "    https://example.org", "javascript:alert(1)", "https://"]
)
def test_what_is_code_or_no_address_is_no_link(text):
    assert "<a " not in render(text)


def test_a_link_is_not_put_inside_another():
    assert render("[see https://example.org](https://example.com)").count("<a ") == 1


def test_nothing_escapes_from_an_address_or_a_formula():
    drawn = render('https://x.org/"onmouseover="alert(1) \\(<img src=x onerror=1>\\) $<b>$')
    assert "<img" not in drawn
    assert "<b>" not in drawn
    assert 'href="https://x.org/"' in drawn


def test_a_footnote_is_a_mark_and_its_words_stand_below():
    assert render("So it is[^1].\n\n[^1]: The *source*\n[^b]: Another") == (
        '<p dir="auto">So it is<sup>1</sup>.</p>\n'
        '<p dir="auto"><sup>1</sup> The <em>source</em></p>\n<p dir="auto"><sup>b</sup> Another</p>\n'
    )


def test_they_have_the_budget_of_all_drawing():
    ticks = iter(range(10_000_000))
    assert render("$x$ [^1] " * 500, reading=lambda: next(ticks)).startswith("<pre")


def test_a_formula_that_is_still_arriving_is_whole_in_the_end():
    growing = Growing()
    growing.add("$$\na\n")
    done, _ = growing.add("*b*\n$$\n\nnext")
    assert done == '<div class="math">$$\na\n*b*\n$$</div>\n'
