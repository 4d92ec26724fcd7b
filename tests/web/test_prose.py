"""Answers are Markdown from strangers: what a browser gets of them is safe, and readable."""

import itertools
import re
from collections.abc import Callable
from html import escape

import pytest
from markupsafe import Markup

from portal.web import formulas
from portal.web.drawing_cache import DrawingCache
from portal.web.growing import Growing
from portal.web.prose import COLOURED_FOR, DRAWN_FOR, render

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.test/x.js></SCRIPT>",
    '<img src=x onerror="alert(1)">',
    "<svg onload=alert(1)><animate onbegin=alert(1)>",
    '<iframe src="https://evil.test"></iframe>',
    "<style>body{display:none}</style>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](//evil.test/%0d)",
    "<javascript:alert(1)>",
    "![x](https://evil.test/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x" onerror="alert(1)](x)',
    '[x](https://a.test "t" onmouseover="alert(1)")',
    "[x](https://a.test '\"><script>alert(1)</script>')",
    '```"><script>alert(1)</script>\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "`<script>alert(1)</script>`",
    '<form action="https://evil.test"><input name=x></form>',
    "<base href=https://evil.test><meta http-equiv=refresh content=0>",
    "| a |\n|--:|\n| <b style='x'>1</b> |",
    "<math><mtext></table><mglyph><style><img src onerror=alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "<object data=x></object><embed src=x><link rel=stylesheet href=x>",
    "\\(<img src=x onerror=alert(1)>\\) $<script>alert(1)</script>$\n\n$$\n<svg onload=alert(1)>\n$$",
    '[^1]: <img src=x onerror=alert(1)> javascript:alert(1)\n[^"onload=x]: y',
    'https://evil.test/"onmouseover="alert(1) javascript:https://evil.test',
    "- [x] <b onclick=alert(1)>x</b><br style=x onload=alert(1)>",
]
KNOWN_TAGS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "div", "code", "span"}
KNOWN_TAGS |= {"em", "strong", "s", "del", "a", "table", "thead", "tbody", "tr", "th", "td", "sup"} | formulas.TAGS
KNOWN_ATTRIBUTES = {"class", "href", "title", "target", "rel", "tabindex", "role", "aria-label", "start", "dir"}
KNOWN_ATTRIBUTES |= {"aria-hidden"} | formulas.ATTRIBUTES


def tags_of(html: str) -> list[tuple[str, str]]:
    return re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)((?:\s+[\w-]+(?:=\"[^\"]*\")?)*)\s*>", html)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_dangerous_survives(attack):
    html = str(render(attack))
    assert html.count("<") == len(tags_of(html)), html
    for tag, attributes in tags_of(html):
        assert tag in KNOWN_TAGS, html
        assert set(re.findall(r"([\w-]+)=\"", attributes)) <= KNOWN_ATTRIBUTES, html
        for address in re.findall(r'href="([^"]*)"', attributes):
            assert address.startswith(("http://", "https://", "mailto:")), html


def test_a_picture_becomes_a_link_so_that_no_browser_calls_out():
    html = render("![a chart](https://elsewhere.test/c.png)")
    assert "<img" not in html
    assert '<a href="https://elsewhere.test/c.png"' in html
    assert ">a chart</a>" in html


def test_an_answer_that_takes_long_to_read_is_plain_and_whole():
    text = "# One\n\n" + "Some *words* of `code`.\n\n" * 20
    assert '<h3 dir="auto">One</h3>' in render(text, reading=clock_that_goes_on_by(DRAWN_FOR / 100_000))

    slow = render(text, reading=clock_that_goes_on_by(DRAWN_FOR / 10))

    assert str(slow) == f"<pre tabindex='0'><code>{escape(text)}</code></pre>"


def test_an_answer_that_arrives_is_plain_from_when_it_takes_long():
    growing = Growing(reading=clock_that_goes_on_by(DRAWN_FOR / 10))

    assert growing.add("# One\n\n") == ("", Markup("<pre tabindex='0'><code># One\n\n</code></pre>"))
    assert growing.add("*two*") == ("", Markup("<pre tabindex='0'><code># One\n\n*two*</code></pre>"))


def test_what_was_drawn_once_is_kept_until_there_is_too_much_of_it():
    long = "Some *words*. " * 5_000
    assert render(long) is render(long)

    kept = DrawingCache(100)
    kept.put("a" * 30, Markup("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"))
    kept.put("c" * 10, Markup("dddddddddd"))
    assert kept.get("a" * 30)
    kept.put("e" * 15, Markup("fffffffffffffff"))
    assert kept.get("c" * 10) is None, "it was used longest ago"
    assert kept.get("a" * 30)
    assert kept.get("e" * 15)


def test_links_say_nothing_of_where_one_came_from():
    html = render("[x](https://a.test)")
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'target="_blank"' in html


def test_code_is_coloured_by_class_names_alone():
    html = render("```python\ndef f(x):\n    return 'a'  # why\n```")
    assert '<span class="hl-k">def</span>' in html
    assert '<span class="hl-c1"># why</span>' in html
    assert 'aria-label="Code, Python"' in html
    assert "style" not in html


def test_an_unknown_language_is_named_and_left_plain():
    html = render("```klingon\nqapla'\n```")
    assert "klingon" in html
    assert "hl-" not in html


def test_a_code_block_that_is_still_arriving_is_code_already():
    assert "<pre" in render("Look:\n\n```python\ndef f(")


def test_tables_align_by_class():
    html = render("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<td dir="auto" class="at-end">2</td>' in html
    assert "style=" not in html


def test_headings_stand_below_those_of_the_page():
    html = render("# One\n\n## Two\n\n###### Six")
    assert '<h3 dir="auto">One</h3>' in html
    assert '<h4 dir="auto">Two</h4>' in html
    assert '<h6 dir="auto">Six</h6>' in html


def test_an_ordered_list_starts_where_it_says():
    assert '<ol start="3">' in render("3. three\n4. four")


def clock_that_goes_on_by(seconds: float) -> Callable[[], float]:
    """A clock that is this much later each time it is read: colouring looks at it before each piece of the code."""
    return itertools.count(0, seconds).__next__


CODE = "```python\nx = 1\n```"


def test_code_that_takes_long_to_colour_is_left_plain_and_whole():
    assert "hl-" in render(CODE, clock_that_goes_on_by(COLOURED_FOR / 100))
    slow = render(CODE, clock_that_goes_on_by(COLOURED_FOR * 2))
    assert "hl-" not in slow
    assert ">x = 1</code>" in slow
    assert "Code, Python" in slow


def test_all_the_code_of_an_answer_shares_the_time_for_colours():
    blocks = str(render("\n\n".join([CODE] * 20), clock_that_goes_on_by(COLOURED_FOR / 20))).split("<pre")[1:]
    coloured = ["hl-" in block for block in blocks]
    assert len(blocks) == 20
    assert coloured[0]
    assert not coloured[-1]
    assert coloured == sorted(coloured, reverse=True), "once the time is up, it stays so"


def test_an_endless_answer_is_plain_text():
    html = str(render("<b>*x*</b>" * 50_000))
    assert html.startswith("<pre")
    assert "<b>" not in html


def test_an_answer_that_grows_is_drawn_block_by_block():
    text = "# One\n\nWords *and* words.\n\n- a\n- b\n\n```python\nx = 1\n\ny = 2\n```\n\n| a |\n|---|\n| 1 |\n\nEnd."
    growing, fixed, tail = Growing(), "", ""
    for start in range(0, len(text), 7):
        done, tail = growing.add(text[start : start + 7])
        fixed += done
    assert "".join((fixed + tail).split()) == "".join(render(text).split())


def test_what_grows_is_as_safe_as_what_stands():
    growing = Growing()
    for piece in ("<scr", "ipt>alert(1)</scr", "ipt>\n\n[x](java", "script:alert(1))\n\n"):
        for html in growing.add(piece):
            assert "<script" not in html
            assert "<a" not in html
