"""Formulas are drawn where they are read whole, and stay their letters where not; what is drawn can do no harm."""

import re
from html import escape, unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.web import formulas
from portal.web.formulas import mathml
from portal.web.growing import Growing
from portal.web.prose import COLOURED_FOR, render
from tests.web.test_prose import KNOWN_ATTRIBUTES, KNOWN_TAGS, clock_that_goes_on_by


@pytest.mark.parametrize(
    ("formula", "part"),
    [
        (r"\(\frac{a}{b}\)", "<mfrac><mi>a</mi><mi>b</mi></mfrac>"),
        ("$x_1$", "<msub><mi>x</mi><mn>1</mn></msub>"),
        (r"\[\sqrt[3]{x}\]", "<mroot><mi>x</mi><mn>3</mn></mroot>"),
        (r"$$\begin{aligned}a&=b\\&=c\end{aligned}$$", '<mtd class="m-end m-close-end"><mi>a</mi></mtd>'),
        (r"$$\begin{array}{c|c}a&b\\\hline c&d\end{array}$$", '<mtd class="m-above m-after"><mi>c</mi></mtd>'),
        (r"$$x = 1 \tag{3}$$", "<mtext>(3)</mtext>"),
        (r"$\text{if} \mathbb{R}$", "<mtext>if</mtext><mi>ℝ</mi>"),
    ],
)
def test_a_formula_is_drawn(formula, part):
    drawn = render(formula)
    assert part in drawn
    assert f'<span class="tex" aria-hidden="true">{escape(formula)}</span>' in drawn
    assert " style=" not in drawn


@pytest.mark.parametrize(
    "formula",
    [
        r"$\frac{a}$",
        r"$\nosuchcommand{x}$",
        r"$\left( x$",
        r"\(x^\)",
        r"$$\begin{nosuch}x\end{nosuch}$$",
        r"\(\newcommand{\x}{y}\x\)",
        r"\(\href{https://example.org}{x}\)",
        "$" + "{" * 65 + "x" + "}" * 65 + "$",
        "$" + r"\!" * 251 + "$",
        r"\(\)",
    ],
)
def test_what_is_not_read_whole_is_shown_as_it_was_written(formula):
    drawn = render(f"So {formula} holds.")
    assert f'<span class="math" dir="ltr">{escape(formula)}</span>' in drawn
    assert "<math" not in drawn


def test_an_equation_gets_no_number_that_nobody_wrote():
    assert "(1)" not in mathml(r"$$\begin{align}a&=b\end{align}$$", True)


def test_an_endless_space_is_left_out():
    assert "999" not in unescape(re.sub(r'<span class="tex".*?</span>', "", render(r"$a\hspace{999em}b$")))
    assert not formulas.allowed("width", "-999em")
    assert not formulas.allowed("href", "x")


def test_formulas_have_the_time_of_colours_and_their_letters_afterwards():
    drawn = render("$x$ $y$ $z$", clock_that_goes_on_by(COLOURED_FOR / 2))
    assert drawn.count("<math") == 2
    assert drawn.endswith('<span class="math" dir="ltr">$z$</span></p>\n')


def test_a_long_formula_in_a_sentence_scrolls_in_a_box_of_its_own():
    assert '<span class="math math-wide" dir="ltr" tabindex="0"' in render("So $" + "x+" * 40 + "y$")


class Reader(HTMLParser):
    """Every tag and attribute that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, attrs))


PIECES = r"""
\frac \sqrt { } [ ] ^ _ & \\ \left( \right) \text{ \color{red} \href{javascript:x} \class{a} \style{a} $ $$ \( \) \[ \]
\begin{aligned} \end{aligned} \begin{array}{c|c} \end{array} \hline \hspace{9em} \boxed{ \cancel{ \label{a} \ref{a}
<math> </math> <mtext> </mtext> <mi>
<mglyph> <malignmark> <annotation-xml/encoding=text/html> <semantics> <svg> </style>
<style> <script> </script> <img/src=x/onerror=alert(1)> <b/onclick=x> <a/xlink:href=javascript:x>
x 1 + = " ' > ` ``` | --- - [x] [^1] [^1]: https://x.test # &lt; &#60; é ש
""".split()  # noqa: SIM905 - read as they are written
PIECES += [" ", "\n", "\n\n"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
def test_whatever_goes_in_nothing_that_acts_comes_out(text):
    for html in (render(text), *Growing().add(text)):
        reader = Reader()
        reader.feed(html)
        for tag, attributes in reader.seen:
            assert tag in KNOWN_TAGS
            for name, value in attributes:
                assert name in KNOWN_ATTRIBUTES
                assert name != "href" or value.startswith(("http://", "https://", "mailto:"))


BLOCKS = [
    "Words *and* words, $x_1$ and \\(a*b*c\\).",
    "# One",
    "- a\n- [x] b\n- \\[\n  x^2\n  \\]",
    "```python\nx = 1\n\ny = 2\n```",
    "```markdown\n# A\n\n```python\nx\n```\n\nmore\n```",
    "$$\n\\frac{a}{b}\n$$",
    "\\[\n\\begin{aligned}a&=b\\\\c&=d\\end{aligned}\n\\]",
    "| a | b |\n|---|--:|\n| 1<br>2 | $x$ |",
    "> one\n>\n> > two",
    "So[^1].",
    "[^1]: A source\n  of two lines",
    "שלום `x`",
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(BLOCKS), max_size=5), st.data())
def test_what_arrives_in_pieces_is_drawn_as_the_whole_is(blocks, data):
    text = "\n\n".join(blocks)
    growing, fixed, tail = Growing(), "", ""
    while text:
        size = data.draw(st.integers(1, 80))
        done, tail = growing.add(text[:size])
        fixed, text = fixed + done, text[size:]
    assert "".join((fixed + tail).split()) == "".join(render("\n\n".join(blocks)).split())


@pytest.mark.parametrize(("begin", "line"), [("```python\n", "x = 1  # words\n"), ("", "- an item *here*\n")])
def test_a_long_block_that_arrives_costs_what_is_new(begin, line):
    growing, fixed, tail = Growing(), "", ""
    longest = 0
    growing.add(begin)
    for _ in range(100):
        done, tail = growing.add(line * 5)
        longest = max(longest, len(tail))
        fixed += done
    drawn = Reader()
    drawn.feed(fixed + tail)
    text = re.sub(r"<[^>]*>", "", fixed + tail)
    assert text.count("words" if begin else "an item here") == 500
    assert longest < 60_000, "what is open stays short, whatever came before"


def test_code_that_goes_on_keeps_one_name_above_it():
    growing, fixed = Growing(), ""
    for _ in range(15):
        done, tail = growing.add("```python\n" if not fixed and _ == 0 else "x = 1  # words of mine\n" * 20)
        fixed += done
    done, tail = growing.add("```\n\nText")
    assert (fixed + done).count('class="code-name"') == 1
    assert tail == '<p dir="auto">Text</p>\n'
