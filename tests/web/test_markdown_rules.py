"""What models write beyond CommonMark: each as people should read it, and nothing that could do harm."""

import pytest

from portal.web.growing import Growing
from portal.web.prose import render, shown


@pytest.mark.parametrize(
    "formula",
    [r"\(E = m c^2 * a*\)", r"\[a*b*c \\ d\]", "$x_1*y_2*z$", r"$$\frac{a}{b} *x* **y**$$"],
)
def test_a_formula_keeps_its_backslashes_and_stars(formula):
    assert f'<span class="tex" aria-hidden="true">{formula}</span><math' in render(f"So {formula} holds.")


@pytest.mark.parametrize(("opens", "closes"), [("$$", "$$"), (r"\[", r"\]")])
def test_a_formula_of_several_lines_is_a_block_of_its_own(opens, closes):
    text = f"{opens}\n\\int_0^1 *x*\n= 1\n{closes}"
    before, _, rest = render(f"So\n{text}\nholds.").partition("<div")
    assert before == '<p dir="auto">So</p>\n'
    assert rest.startswith(' class="math math-wide" dir="ltr" tabindex="0" role="group" aria-label="Formula">')
    assert f'<span class="tex" aria-hidden="true">{text}</span><math display="block">' in rest
    assert rest.endswith('</math></div>\n<p dir="auto">holds.</p>\n')


@pytest.mark.parametrize(
    "words",
    [
        "$5 and $10, or $3-$4",
        "$ 5$",
        "It costs $5.",
        "$$",
        "a $x",
        "from $5 or 6$ on",
        "US$5 and 6$",
        "$HOME/bin:$PATH",
        "$A_$B",
        "`$x$`",
        "```\n$x$\n```",
    ],
)
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
    assert '<span class="task" role="img" aria-label="done">☑</span> done' in drawn
    assert '<span class="task" role="img" aria-label="open">☐</span> open' in drawn
    assert "[y] neither" in drawn


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.org/a_b_c?x=1.", "https://example.org/a_b_c?x=1"),
        ("(https://example.org/A_(b))", "https://example.org/A_(b)"),
        ("**https://example.org**", "https://example.org"),
        ("[^1]: http://example.org/x", "http://example.org/x"),
        ("在 https://example.org/a。然后", "https://example.org/a"),
        ("«https://example.org»", "https://example.org"),
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
    assert shown("So it is[^1].\n\n[^1]: The *source*\n  and more\n[^b]: Another") == (
        '<p dir="auto">So it is<sup>1</sup>.</p>\n'
        '<p dir="auto"><sup>1</sup> The <em>source</em>\nand more</p>\n<p dir="auto"><sup>b</sup> Another</p>\n'
    )


def test_footnotes_lead_to_their_words_and_back_with_ids_of_this_text_alone():
    drawn = shown("So[^x] and[^x] but[^y].\n\n[^x]: The source\n[^z]: Another", "note-7")
    assert drawn == (
        '<p dir="auto">So<sup><a href="#note-7-1-below" id="note-7-1-above" aria-label="Footnote x">x</a></sup>'
        ' and<sup><a href="#note-7-1-below" aria-label="Footnote x">x</a></sup> but<sup>y</sup>.</p>\n'
        '<p dir="auto"><sup><a href="#note-7-1-above" id="note-7-1-below"'
        ' aria-label="Back to footnote x in the text">x</a></sup> The source</p>\n'
        '<p dir="auto"><sup>z</sup> Another</p>\n'
    )
    assert "note-7-" in shown("[^x]\n\n[^x]: y", "note-7")
    assert "note-8-" in shown("[^x]\n\n[^x]: y", "note-8")


def test_a_footnote_that_a_text_writes_out_is_text():
    assert "<a " not in shown('<sup class="note-above">x</sup> `<sup class="note-below">x</sup>` [^x]', "note-7")


def test_an_address_of_other_letters_leads_where_it_says():
    assert '<a href="https://xn--bcher-kva.example/x"' in render("See https://bücher.example/x")


def test_a_block_of_markdown_holds_blocks_of_code():
    text = "```markdown\n# A\n```python\nx = 1\n```\nmore\n```\n\nText"
    drawn = render(text)
    assert drawn.count("<pre") == 1
    assert "```python\nx = 1\n```\nmore</code>" in drawn
    assert drawn.endswith('<p dir="auto">Text</p>\n')
    assert render(f"- one\n\n  {text}".replace("\n", "\n  ")).count("<pre") == 1


@pytest.mark.parametrize(
    "text",
    [
        "```markdown\n# A\n```\n\nText\n\n```python\nx\n```",
        "```markdown\n```python\nx\n```\n\nText",
        "````markdown\n```python\nx\n```\n````\n\nText",
    ],
)
def test_a_block_of_markdown_whose_fences_add_up_otherwise_ends_where_it_always_did(text):
    assert '<p dir="auto">Text</p>' in render(text)


def test_what_holds_other_blocks_takes_the_direction_of_the_first():
    drawn = render("> שלום\n>\n> one\n\n- `x` שלום\n\n  two")
    assert '<blockquote dir="auto">\n<p>שלום</p>\n<p dir="auto">one</p>' in drawn
    assert '<li dir="auto">\n<p><code dir="ltr">x</code> שלום</p>\n<p dir="auto">two</p>' in drawn
    assert '<table dir="auto">\n<thead>\n<tr>\n<th>א</th>\n<th dir="auto">b</th>' in render("| א | b |\n|---|---|")


def test_they_have_the_budget_of_all_drawing():
    ticks = iter(range(10_000_000))
    assert render("$x$ [^1] " * 500, reading=lambda: next(ticks)).startswith("<pre")


def test_a_formula_that_is_still_arriving_is_whole_in_the_end():
    growing = Growing()
    growing.add("$$\na\n")
    done, _ = growing.add("*b*\n$$\n\nnext")
    assert "$$\na\n*b*\n$$</span><math" in done


@pytest.mark.parametrize(
    "half", ["$$\n\\frac{a_1}{", "\\[\n*b* &", "So\n\\[\n*b*\n", r"- a \(*b*", r"So \(*b*", "a $$*b*"]
)
def test_half_a_formula_shows_its_letters_while_it_arrives(half):
    _, shown_now = Growing().add(half)
    assert 'class="math" dir="ltr">' in shown_now
    assert "<em>" not in shown_now
    assert "<math" not in shown_now
