"""An answer as it is read: formulas drawn and copied, scripts from either side, code that wraps, notes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, SIGHTS, OpenPage, assert_in_order, shoot
from tests.chatting import connect
from tests.upstream import Upstream

COLUMNS = 12
TABLE = "\n".join(
    (
        "| a | " + " | ".join(f"column {number}" for number in range(COLUMNS)) + " |",
        "|" + " --- |" * (COLUMNS + 1),
        "| one<br>two |" + " $x^2$ |" * COLUMNS,
    )
)
ANSWER = (
    "So $x_1*y_2*z$ and \\(\\unknown{a}\\) hold[^1], and what costs $5 or $6 does.\n\n"
    "\\[\n\\begin{aligned}\\nabla \\cdot \\vec{E} &= \\frac{\\rho}{\\varepsilon_0} \\\\ "
    "\\int_0^1 x\\,dx &= \\boxed{\\tfrac{1}{2}}\\end{aligned}\n\\]\n\n"
    "$$\n\\int_0^1 " + "x + " * 60 + "1\n$$\n\n"
    "$$\nA = \\begin{pmatrix}1 & 0\\\\0 & \\cancel{x}\\end{pmatrix}, \\quad f(x) = "
    "\\begin{cases}1 & x>0\\\\0 & \\text{otherwise}\\end{cases}\n$$\n\n"
    "שלום עולם, `code()` מה שלומך?\n\n- שלום\n- one\n\n> שלום\n>> עולם\n\n- [x] done\n- [ ] open\n\n"
    "```python\nwide = '" + "words " * 40 + "'\n```\n\n```\nno language\n```\n\n"
    "```markdown\n# A page\n```bash\nls\n```\nEnd\n```\n\n"
    "See https://example.org/a.\n\n" + TABLE + "\n\n[^1]: A source"
)


def ask(page: Page, words: str = "מה?\nAnd *this*?") -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-answer] .foot")).to_be_visible()


def copied(page: Page, of: str) -> str:
    """What a copy of this element's contents puts on the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("of => getSelection().selectAllChildren(document.querySelector(of))", of)
    page.keyboard.press("Control+c")
    return page.evaluate("navigator.clipboard.readText()")


@pytest.fixture
def answering(runtime, actors):
    with Upstream.openai(key="sk-test-0001", answer=ANSWER) as up:
        connect(runtime, actors.ada, up.base_url, key="sk-test-0001")
        yield up


@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_an_answer_of_everything_is_in_order(open_as: OpenPage, answering, width, height, theme):
    page = open_as("uma", "/chat", width=width, height=height, theme=theme)
    ask(page)
    prose = page.locator("[data-answer] .prose")
    expect(prose.locator("math")).to_have_count(16)
    expect(prose.locator(".math", has_text="unknown")).to_have_text("\\(\\unknown{a}\\)")
    direction = "it => getComputedStyle(it).direction"
    assert prose.locator("p", has_text="עולם").first.evaluate(direction) == "rtl"
    assert prose.locator("li", has_text="שלום").evaluate(direction) == "rtl"
    assert prose.get_by_text("one", exact=True).evaluate(direction) == "ltr"
    assert prose.locator("pre").first.evaluate(direction) == "ltr"
    assert page.locator(".said").evaluate(direction) == "rtl"
    expect(page.locator(".said")).to_have_text("מה?\nAnd *this*?", use_inner_text=True)
    assert page.locator(".turns").evaluate("it => it.scrollWidth <= it.clientWidth"), "wide things scroll in themselves"
    assert_in_order(page)
    shoot(page, f"chat-reading-{theme}")
    page.locator(".turns").evaluate("it => it.scrollTop = -it.scrollHeight")
    shoot(page, f"chat-reading-formulas-{theme}")


def test_a_formula_is_copied_as_its_letters(open_as: OpenPage, answering):
    page = open_as("uma", "/chat")
    ask(page)
    words = copied(page, "[data-answer] .prose > p")
    assert words.strip() == "So $x_1*y_2*z$ and \\(\\unknown{a}\\) hold1, and what costs $5 or $6 does."


def test_code_is_copied_and_wrapped_by_keyboard_and_the_choice_is_kept(open_as: OpenPage, answering):
    page = open_as("uma", "/chat", width=DESK[0], height=DESK[1])
    ask(page)
    code = page.locator(".prose .code").first
    expect(code.locator(".code-name")).to_have_text("Python")
    wraps = code.get_by_role("button", name="Wrap long lines")
    overflows = "it => it.scrollWidth > it.clientWidth"
    assert code.locator("pre").evaluate(overflows)
    wraps.focus()
    page.keyboard.press("Enter")
    expect(wraps).to_have_attribute("aria-pressed", "true")
    assert not code.locator("pre").evaluate(overflows)
    page.reload()
    expect(page.locator(".prose .code").first.get_by_role("button", name="Wrap long lines")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert not page.locator(".prose .code pre").first.evaluate(overflows)
    expect(code.get_by_role("button", name="Copy the code")).to_be_visible()


def test_a_footnote_leads_to_its_words_and_back(open_as: OpenPage, answering):
    page = open_as("uma", "/chat")
    ask(page)
    page.get_by_role("link", name="Footnote 1", exact=True).click()
    expect(page).to_have_url(re.compile(r"#note-.*-below$"))
    back = page.get_by_role("link", name="Back to footnote 1 in the text")
    expect(back).to_be_in_viewport()
    back.click()
    expect(page.get_by_role("link", name="Footnote 1", exact=True)).to_be_in_viewport()
