"""Answers as people read them: Markdown to HTML, code coloured by class names, all of it sanitised on the server.

Two walls stand behind one another: the Markdown reader is told that HTML in the text is text, and what it writes is
cleaned again against a list of what may stay. Pictures become links, so that an answer cannot make a browser call
somewhere; tables align by class, for the policy of this site allows no style attribute.
"""

import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Any

import nh3
import pygments
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from portal.web import formulas, markdown_rules
from portal.web.drawing_cache import DrawingCache
from portal.web.footnotes import linked

PLAIN_FROM = 100_000
"""Characters from which an answer is shown as plain text: nobody reads it, and marking it up takes seconds."""

HIGHLIGHT_TO = 60_000
"""Characters up to which code is coloured."""

COLOURED_FOR = 1.0
"""Seconds of its thread's own work that one drawing may spend on colours; to wait for a busy machine costs none.

Whoever writes for it can make a lexer take minutes.
"""

LANGUAGES = frozenset(
    """
    python pycon pytb javascript typescript json bash powershell bat html xml css scss less sql postgresql mysql
    yaml toml ini properties java c cpp csharp fsharp go rust ruby php kotlin swift scala groovy r julia lua perl
    haskell elixir erlang clojure common-lisp scheme ocaml dart objective-c docker make cmake nginx diff http rst
    tex graphql protobuf terraform vim matlab fortran pascal vb.net nasm solidity zig nix awk tcl prolog nim ada
    cobol verilog vhdl
    """.split()  # noqa: SIM905 - one to a line they would be eighty lines
)
"""The languages that are coloured, as Pygments calls them. Its lexers for them work step by step, each step
short; some of the others read a whole text before they give anything."""

CACHED = 20_000_000
"""Characters of answers and drawings that one process remembers: the same answers are shown again and again."""

DRAWN_FOR = 2.0
"""Seconds that one drawing may take to read its Markdown; beyond them it is plain text, and stays so."""

_FORMATTER = HtmlFormatter(nowrap=True, classprefix="hl-")
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
_CLASS = re.compile(
    r"hl-[a-z0-9]{1,4}|at-(?:start|center|end)|code|code-name|code-more|wide|math|math-wide|tex|task|note-above|note-below"
)
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


Clock = Callable[[], float]
"""Seconds that only ever grow."""


class OutOfTime(Exception):
    """The budget of one drawing is spent."""


def shown(text: str, notes: str = "") -> Markup:
    """Markdown as safe HTML for a page. `notes` tells the footnotes of this text from all others of the page; without
    it they are marks that lead nowhere.
    """
    return linked(render(text), notes)


def render(text: str, clock: Clock = time.thread_time, reading: Clock = time.thread_time) -> Markup:
    """Markdown as safe HTML. Whatever it is given, what it returns holds no script, no style and no picture.

    `clock` times the colours and `reading` the Markdown. What is drawn by the clocks of every day is drawn once.
    """
    if (clock, reading) != (time.thread_time, time.thread_time):
        return draw(text, env_of(clock, reading))
    drawn = _kept.get(text)
    if drawn is None:
        drawn = draw(text, env_of(clock, reading))
        _kept.put(text, drawn)
    return drawn


_kept = DrawingCache(CACHED)


def draw(text: str, env: dict[str, Any]) -> Markup:
    if not text:
        return Markup()
    if len(text) > PLAIN_FROM:
        return plain(text)
    try:
        drawn = READER.render(text, env)
    except (OutOfTime, RecursionError):
        return plain(text)
    return cleaned(drawn)


def cleaned(drawn: str) -> Markup:
    return Markup(_CLEANER.clean(drawn))  # noqa: S704 - cleaned by the line itself


def env_of(clock: Clock, reading: Clock) -> dict[str, Any]:
    return {
        "clock": clock,
        "coloured until": clock() + COLOURED_FOR,
        "reading": reading,
        "read until": reading() + DRAWN_FOR,
    }


def plain(text: str) -> Markup:
    return Markup(f"<pre tabindex='0'><code>{escape(text)}</code></pre>") if text else Markup()  # noqa: S704 - escaped


@lru_cache(maxsize=128)
def _lexer(language: str) -> Lexer | None:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return None
    return None if LANGUAGES.isdisjoint(lexer.aliases) else lexer


def _coloured(code: str, lexer: Lexer, clock: Clock, until: float) -> str:
    """The code in spans, plain when that takes too long."""
    tokens = []
    for token in lexer.get_tokens(code):
        if clock() > until:
            return escape(code)
        tokens.append(token)
    return str(pygments.format(tokens, _FORMATTER))


def _fence(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    asked = token.info.split()[0].lower() if token.info.split() else ""
    lexer = _lexer(asked) if asked and len(token.content) <= HIGHLIGHT_TO else None
    inside = _coloured(token.content, lexer, env["clock"], env["coloured until"]) if lexer else escape(token.content)
    name = lexer.name if lexer else asked if _LANGUAGE.fullmatch(asked) else ""
    label = f"Code, {name}" if name else "Code"
    more = " code-more" if env.get("goes on") else ""  # its name stands above what came before it
    shown = "" if more else f'<span class="code-name">{escape(name or "Code")}</span>'
    code = f'<pre dir="ltr" tabindex="0" role="group" aria-label="{escape(label)}"><code>{inside.rstrip()}</code></pre>'
    return f'<div class="code{more}">{shown}{code}</div>\n'


def _picture(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    words = self.renderInlineAsText(token.children or [], options, env) or "picture"
    return f'<a href="{escape(str(token.attrs.get("src", "")))}">{escape(words)}</a>'


def _heading(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    tokens[index].tag = _HEADINGS.get(tokens[index].tag, tokens[index].tag)
    return self.renderToken(tokens, index, options, env)


def _cell(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    style = str(tokens[index].attrs.pop("style", ""))
    side = {"right": "end", "center": "center"}.get(style.rpartition(":")[2])
    if side:
        tokens[index].attrs["class"] = f"at-{side}"
    return self.renderToken(tokens, index, options, env)


def _table_open(*_: Any) -> str:
    return '<div class="wide" tabindex="0" role="group" aria-label="Table"><table dir="auto">\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _allow(tag: str, name: str, value: str) -> str | None:
    """The last word on an attribute: classes are ours or gone."""
    if name == "class":
        kept = [word for word in value.split() if _CLASS.fullmatch(word) or word in formulas.CLASSES]
        return " ".join(kept) or None
    if name == "start":
        return value if value.isdecimal() else None
    if tag in formulas.TAGS:
        return value if formulas.allowed(name, value) else None
    return value


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 20})
    reader.enable(["table", "strikethrough"])
    markdown_rules.add_to(reader)
    for name, rule in (
        ("fence", _fence),
        ("code_block", _fence),
        ("image", _picture),
        ("heading_open", _heading),
        ("heading_close", _heading),
        ("th_open", _cell),
        ("td_open", _cell),
        ("table_open", _table_open),
        ("table_close", _table_close),
    ):
        reader.add_render_rule(name, rule)
    for ruler in (reader.core.ruler, reader.block.ruler, reader.inline.ruler, reader.inline.ruler2):
        for rule in tuple(ruler.__rules__):
            ruler.at(rule.name, _timed(rule.fn), {"alt": rule.alt})
    return reader


def _timed(rule: Callable[..., Any]) -> Callable[..., Any]:
    """A step of the reader that looks at the clock first: what takes long takes very many of them."""

    def timed(state: Any, *rest: Any) -> Any:
        if state.env["reading"]() > state.env["read until"]:
            raise OutOfTime
        return rule(state, *rest)

    return timed


READER = _reader()
_BLOCKS = {"p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "div"}
_WORDS = {"code", "span", "em", "strong", "s", "del", "a", "sup"}
_TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
_CLEANER = nh3.Cleaner(
    tags=_BLOCKS | _WORDS | _TABLES | formulas.TAGS,
    clean_content_tags={"script", "style"},
    attributes={
        "a": {"href", "title"},
        "span": {"class"},
        "div": {"class"},
        "sup": {"class"},
        "th": {"class"},
        "td": {"class"},
        "ol": {"start"},
        "pre": {"aria-label"},
        **dict.fromkeys(formulas.TAGS, formulas.ATTRIBUTES),
    },
    tag_attribute_values={
        "pre": {"tabindex": {"0"}, "role": {"group"}, "dir": {"ltr"}},
        "div": {"tabindex": {"0"}, "role": {"group"}, "aria-label": {"Table", "Formula"}, "dir": {"ltr"}},
        "span": {
            "role": {"img", "group"},
            "aria-label": {"done", "open", "Formula"},
            "aria-hidden": {"true"},
            "dir": {"ltr"},
            "tabindex": {"0"},
        },
        "code": {"dir": {"ltr"}},
        **{tag: {"dir": {"auto"}} for tag in ("p", "h3", "h4", "h5", "h6", "li", "blockquote", "th", "td", "table")},
    },
    attribute_filter=_allow,
    set_tag_attribute_values={"a": {"target": "_blank"}},
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)
