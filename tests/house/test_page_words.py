"""People read the field's words: what a page, a message or a printed line says is kept free of the house's old ones.

Read are the text and the string literals of templates, the string literals of Python and JavaScript, and what the
README says to those who use the portal. Comments and docstrings are not, but those of commands, which are their help.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

HOUSE = Path(__file__).parents[2]

WORDS: dict[str, str] = {
    r"(un|re-?)?seal(s|ed|ing)?": "encrypted, or saved",
    r"rest(s|ed|ing)": "paused",
    r"verdicts?": "status",
    r"wire[ -]names?": "model ID",
    r"destroy(s|ed|ing)?": "deleted",
    r"upstreams?": "provider",
    r"(?<!audit )trails?": "why this model; only the audit trail is one",
    r"retired?(?= key| the| it|:|$)": "delete",
    r"stars?|starred": "default",
    r"watchers?": "worker",
}
"""What no page says, and what it says instead."""

OLD = re.compile("|".join(rf"(?<![\w-])(?:{word})(?![\w-])" for word in WORDS), re.IGNORECASE)

NOT_READ = re.compile(r"[a-z0-9_.:/<>-]+|#\S+")
"""A literal without a space or a capital is a name, an address or a class, and nobody reads it."""

EXCEPTIONS: dict[tuple[str, str], str] = {
    (
        "portal/services/language_models/records.py",
        "wire name",
    ): "as rows of the audit trail store it; read as model ID",
    ("portal/domain/audit.py", "wire name"): "the stored name that is read as model ID",
    ("portal/services/configuration/kinds/opencode.py", "watcher"): "as a file of opencode calls one of its fields",
}
"""File and word → why it stands there all the same."""

ATTRIBUTES_READ = re.compile(r'\b(?:aria-label|title|placeholder|alt|content|data-label|data-busy)="([^"]*)"')


def shown_by_template(text: str) -> Iterator[str]:
    """Text between tags, the attributes that are read out, and literals; each on its own."""
    data = []
    for _, kind, value in Environment(extensions=["jinja2.ext.do"]).lex(text):  # noqa: S701 (nothing is rendered)
        if kind == "string" and not NOT_READ.fullmatch(value[1:-1]):
            yield value[1:-1]
        data.append(value if kind == "data" else "")
    markup = "\N{OBJECT REPLACEMENT CHARACTER}".join(data)
    yield from ATTRIBUTES_READ.findall(markup)
    yield from re.split(r"<[^>]*>", markup)


def shown_by_python(text: str) -> Iterator[str]:
    """Every literal that is no docstring and no mere name."""
    tree = ast.parse(text)
    beside = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in beside
        if literal and not NOT_READ.fullmatch(node.value):
            yield node.value


def shown_by_script(text: str) -> Iterator[str]:
    """Every literal that is no mere name."""
    code = re.sub(r"(?m)^\s*//.*$|/\*.*?\*/", "", text)
    yield from (said for *_, said in re.findall(r"""(["'`])((?:(?!\1).)*)\1""", code) if not NOT_READ.fullmatch(said))


def shown_by_readme(text: str) -> Iterator[str]:
    """All up to what is for those who work on the code."""
    yield text.partition("\n## Development")[0]


def shown_by_command(text: str) -> Iterator[str]:
    """What a module of commands prints, and the docstrings of its functions: the help of a command."""
    yield from shown_by_python(text)
    yield from (
        ast.get_docstring(node) or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)
    )


def reader_of(file: Path) -> Callable[[str], Iterator[str]]:
    if file.is_relative_to(HOUSE / "portal" / "cli"):
        return shown_by_command
    return {".html": shown_by_template, ".py": shown_by_python, ".js": shown_by_script, ".md": shown_by_readme}[
        file.suffix
    ]


def found() -> set[tuple[str, str]]:
    files = [
        *(HOUSE / "templates").rglob("*.html"),
        *(HOUSE / "portal").rglob("*.py"),
        *(HOUSE / "static").rglob("*.js"),
        HOUSE / "README.md",
    ]
    return {
        (file.relative_to(HOUSE).as_posix(), match[0])
        for file in files
        for said in reader_of(file)(file.read_text(encoding="utf-8"))
        for match in OLD.finditer(said)
    }


def test_nothing_that_people_read_says_the_old_words():
    said = found()
    wrong = sorted(said - EXCEPTIONS.keys())
    assert not wrong, f"say instead: {WORDS}\n" + "\n".join(f"{file}: {word}" for file, word in wrong)
    assert EXCEPTIONS.keys() <= said, "an exception that nobody needs any more"


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (shown_by_template, '<p class="verdict">{{ row.verdict }} was <b>sealed</b></p>'),
        (shown_by_template, '{{ forms.button("Seal the key") }}'),
        (shown_by_template, '<input aria-label="Its wire name" class="upstream">'),
        (shown_by_python, '"""A verdict."""\nLABEL = "Verdict"'),
        (shown_by_python, 'def f(x):\n    """Seal it."""\n    return f"{x} rests until noon"'),
        (shown_by_script, '// The verdict\nsay("The key is destroyed.");'),
        (shown_by_command, '"""A verdict."""\ndef rotate():\n    """Seal everything anew."""'),
        (shown_by_readme, "Keys are sealed.\n\n## Development\n\nThe upstream."),
    ],
)
def test_an_old_word_is_found_where_it_is_read_and_only_there(reader, text):
    assert len([match[0] for said in reader(text) for match in OLD.finditer(said)]) == 1
