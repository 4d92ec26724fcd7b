"""What models write beyond CommonMark, as rules for the reader: formulas, footnotes, tasks, addresses, line breaks.

Each looks ahead for a bounded number of characters, and none writes HTML that the cleaner would have to take out.

The plugins of the library were tried. Its formulas lose their signs, and `\\[` right below a line of text, as models
write it, is none to them (`findings/texmath-brackets-below-text.sh`); its boxes are inputs and its footnotes lead to
ids, which two answers on one page would share; its links take in the quotation mark behind an address.
"""

import re
from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from portal.web import formulas, markdown_fences

FORMULA_TO = 2_000
"""Characters that a formula may have; whatever begins like one and is longer is text."""

WIDE_FROM = 60
"""Characters from which a formula within a sentence has a box of its own that scrolls on a narrow screen."""

_PAIRS = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_NOTE = re.compile(r"\[\^([\w-]{1,20})\]")
_MONEY = re.compile(r"\d[\d.,]*\s[^\\^_=]*[A-Za-z]{2}[^\\^_=]*")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\] ")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}。，、；：！？）」』】》“”„«»…]{1,2000}")
_AFTER = ".,;:!?*_~"
_ITEMS = ("list_item_open", "blockquote_open")
_BLOCKS = ("paragraph_open", "heading_open", "list_item_open", "blockquote_open", "th_open", "td_open")


def add_to(reader: MarkdownIt) -> None:
    """Teach a reader all of them."""
    reader.inline.ruler.before("escape", "formula", _formula)
    reader.inline.ruler.before("link", "note", _note)
    reader.inline.ruler.before("autolink", "break", _break)
    alt = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    reader.block.ruler.before("fence", "markdown_fence", markdown_fences.rule, alt)
    reader.block.ruler.before("fence", "formula_block", _formula_block, alt)
    reader.block.ruler.before("reference", "note_text", _note_text, alt)
    reader.core.ruler.after("inline", "tasks", _tasks)
    reader.core.ruler.after("tasks", "addresses", _addresses)
    reader.core.ruler.push("directions", _directions)
    reader.add_render_rule("formula", _draw_formula)
    reader.add_render_rule("note", _draw_note)
    reader.add_render_rule("task", _draw_task)


def _formula(state: StateInline, silent: bool) -> bool:
    opening = state.src[state.pos : state.pos + 2]
    closing = _PAIRS.get(opening)
    if closing:
        end = state.src.find(closing, state.pos + 2, min(state.posMax, state.pos + FORMULA_TO))
        if end < 0 and _arrives(state.env, state.src, state.pos):
            end, closing = state.posMax, ""
    else:
        end = _end_of_dollars(state) if opening[:1] == "$" else -1
        closing = "$"
    if end < 0:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = state.src[state.pos : end + len(closing)]
        token.meta["half"] = not closing
    state.pos = end + len(closing)
    return True


def _arrives(env: EnvType, src: str, start: int) -> bool:
    """Whether what begins here is the end of an answer that is still being written: the rest of it will come."""
    if len(src) - start > FORMULA_TO or not src[start + 2 :].strip():
        return False
    return bool(env.get("arriving", "").rstrip().endswith(src[start:].rpartition("\n")[2].strip()))


def _end_of_dollars(state: StateInline) -> int:
    """Where `$x + y$` ends; -1 for prices and for variables of a shell.

    Prices have a space before the next sign of dollars, a digit behind it or words between; `$HOME/bin:$PATH` goes on.
    """
    start = state.pos + 1
    end = state.src.find("$", start, min(state.posMax, start + FORMULA_TO))
    inside = state.src[start:end] if end > start else ""
    before, behind = state.src[max(start - 2, 0) : start - 1], state.src[end + 1 : end + 2]
    if not inside or inside != inside.strip() or "\n" in inside or _MONEY.fullmatch(inside):
        return -1
    if _goes_on(before) or (_goes_on(behind) and not behind.islower()) or behind in ("_", "{"):
        return -1
    return end


def _goes_on(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines from one that begins with `$$` or `\\[` to one that ends it."""
    first = _line(state, start)
    closing = _PAIRS.get(first[:2])
    if closing is None or closing == "\\)" or state.is_code_block(start):
        return False
    length, whole = 0, True
    for line in range(start, end):
        text = _line(state, line)
        length += len(text)
        if length > FORMULA_TO or (line > start and not text):
            return False
        if text.endswith(closing) and not (line == start and len(text) < 2 * len(closing)):
            break
        if closing in text[2:]:  # words go on behind it: a paragraph
            return False
    else:
        if start + 1 >= end or not _arrives(state.env, state.src, state.bMarks[start]):
            return False
        whole = False
    if silent:
        return True
    token = state.push("formula", "", 0)
    token.meta["half"] = not whole
    token.content, token.block = "\n".join(_line(state, at) for at in range(start, line + 1)), True
    token.map = [start, line + 1]
    state.line = line + 1
    return True


def _note(state: StateInline, silent: bool) -> bool:
    found = _NOTE.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "[" else None
    if found is None:
        return False
    if not silent:
        state.push("note", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _note_text(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`[^1]: words`, a paragraph that begins with its mark; to CommonMark it would define a link and be gone.

    Lines below it that are set in belong to it.
    """
    text = _line(state, start)
    found = _NOTE.match(text)
    if found is None or text[found.end() : found.end() + 1] != ":" or state.is_code_block(start):
        return False
    if silent:
        return True
    words, line = [text[found.end() + 1 :].strip()], start + 1
    while line < end and state.sCount[line] >= state.blkIndent + 2 and _line(state, line):
        words.append(_line(state, line))
        line += 1
    state.push("paragraph_open", "p", 1).map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content = f"{found[0]} " + "\n".join(words)
    inline.children, inline.map, inline.meta = [], [start, line], {"note": True}
    state.push("paragraph_close", "p", -1)
    state.line = line
    return True


def _break(state: StateInline, silent: bool) -> bool:
    found = _BREAK.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "<" else None
    if found is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _tasks(state: StateCore) -> None:
    """`- [x] done`: a box in the place of the brackets. The mark that begins a note is told from those above it."""
    for inline in state.tokens:
        if inline.meta.get("note") and inline.children:
            inline.children[0].meta["below"] = True
    for before, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if before.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        if first.type == "text" and (found := _TASK.match(first.content)):
            first.content = first.content[found.end() :]
            inline.children.insert(0, Token("task", "", 0, content="done" if found[1] != " " else "open"))


def _addresses(state: StateCore) -> None:
    """Bare addresses become links, outside of those that are there."""
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        drawn: list[Token] = []
        inside = 0
        for token in block.children:
            inside += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            drawn += _linked(token, state) if token.type == "text" and not inside else [token]
        block.children = drawn


def _linked(token: Token, state: StateCore) -> list[Token]:
    parts, at = [], 0
    for found in _ADDRESS.finditer(token.content):
        address = _without_end(found[0])
        url = state.md.normalizeLink(address)
        if address.endswith("//") or not state.md.validateLink(url):
            continue
        if found.start() > at:
            parts.append(Token("text", "", 0, content=token.content[at : found.start()]))
        parts.append(Token("link_open", "a", 1, attrs={"href": url}))
        parts.append(Token("text", "", 0, content=address))
        parts.append(Token("link_close", "a", -1))
        at = found.start() + len(address)
    if not at:
        return [token]
    return [*parts, Token("text", "", 0, content=token.content[at:])]


def _without_end(address: str) -> str:
    """Without the signs that end the sentence around it, and without a bracket that it does not open itself."""
    while address:
        last = address[-1]
        opener = {")": "(", "]": "["}.get(last)
        if last not in _AFTER and not (opener and address.count(last) > address.count(opener)):
            break
        address = address[:-1]
    return address


def _directions(state: StateCore) -> None:
    """Each block runs as its own first letters do: Hebrew and Arabic from the right; code and formulas never.

    A browser looks past blocks with a direction of their own. So what holds others, as an item or a table, takes that
    of the first of them, which has none of its own.
    """
    header = False
    for before, token in zip([None, *state.tokens], state.tokens, strict=False):
        if token.type == "table_open":
            header = True
        elif token.type == "th_open" and header:
            header = False
        elif token.type in _BLOCKS and not (
            token.type == "paragraph_open" and before is not None and before.type in _ITEMS
        ):
            token.attrs["dir"] = "auto"
        for word in token.children or []:
            if word.type == "code_inline":
                word.attrs["dir"] = "ltr"


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _draw_formula(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    written = escape(token.content, quote=False)
    drawn = None
    if not token.meta.get("half") and env["clock"]() <= env["coloured until"]:
        drawn = formulas.mathml(token.content, token.block or token.content[:2] in ("$$", "\\["))
    tag, end = ("div", "\n") if token.block else ("span", "")
    if not drawn:
        return f'<{tag} class="math" dir="ltr">{written}</{tag}>{end}'
    inside = f'<span class="tex" aria-hidden="true">{written}</span>{drawn}'
    if not token.block and len(token.content) <= WIDE_FROM and "display=" not in drawn[:40]:
        return f'<span class="math" dir="ltr">{inside}</span>'
    scrolls = 'tabindex="0" role="group" aria-label="Formula"'  # a formula does not wrap
    return f'<{tag} class="math math-wide" dir="ltr" {scrolls}>{inside}</{tag}>{end}'


def _draw_note(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    place = "below" if tokens[index].meta.get("below") else "above"
    return f'<sup class="note-{place}">{escape(tokens[index].content)}</sup>'


def _draw_task(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    done = tokens[index].content == "done"
    return f'<span class="task" role="img" aria-label="{"done" if done else "open"}">{"☑" if done else "☐"}</span> '
