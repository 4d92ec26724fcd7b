"""What a rule is, what it reads, and how a line escapes from it."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[3]
READ = ("portal", "migrations", "tests", "benchmarks", "scripts", "app.py")
"""What the rules look at; a rule chooses from it by path."""

MARK = re.compile(r"#\s*house:\s*(.*)")
SAID = re.compile(r"([a-z][a-z-]*) because (\S.*)")


class Source:
    """One file: its path from the root, its text, and what follows from them."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def module(self) -> str:
        """The name under which it is imported."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @cached_property
    def room(self) -> str:
        """The folder or module of the portal that it belongs to; "" for `portal` itself, and outside."""
        parts = self.module.split(".")
        return parts[1] if len(parts) > 1 and parts[0] == "portal" else ""

    @property
    def in_portal(self) -> bool:
        return self.module.split(".")[0] == "portal"

    def within(self, *paths: str) -> bool:
        """Whether it is one of these files, or in one of these folders."""
        return any(self.path == path or self.path.startswith(f"{path}/") for path in paths)

    @cached_property
    def escapes(self) -> "list[Escape]":
        """Every escape that is written in it. Strings are none: only comments count."""
        found = []
        lines = self.text.splitlines()
        if "house:" not in self.text:
            return []
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            mark = MARK.search(token.string) if token.type == tokenize.COMMENT else None
            if mark:
                row, column = token.start
                alone = not lines[row - 1][:column].strip()
                said = SAID.fullmatch(mark[1].strip())
                found.append(Escape(self.path, row, alone, said[1] if said else "", mark[1]))
        return found


@dataclass(frozen=True)
class Escape:
    """A comment that lets one line off one rule: `# house: <rule> because <why>`.

    It stands on the line, or alone on the line above. `rule` is "" when the comment does not say why.
    """

    path: str
    line: int
    alone: bool
    rule: str
    text: str


@dataclass(frozen=True)
class Finding:
    """Where a rule is broken. `last` is where the statement or expression ends: an escape may stand there, too."""

    path: str
    line: int
    told: str
    last: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.told}"

    def escaped_by(self, escape: Escape) -> bool:
        if self.path != escape.path:
            return False
        if escape.alone and escape.line == self.line - 1:
            return True
        return self.line <= escape.line <= max(self.line, self.last)


Check = Callable[[Sequence[Source]], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """A law of the house. `check` reads all files and says where it is broken; `broken` breaks it, as an example.

    `broken` maps a path to the text of a file; a rule that finds nothing in there is worth nothing. `kept` is the same
    done well, and nothing is found in it.
    """

    name: str
    reason: str
    check: Check
    broken: dict[str, str]
    kept: dict[str, str]
    beside: dict[str, str] = field(default_factory=dict)
    """What else has to be there for an example to be one."""

    def tried(self, path: str, text: str) -> list[Finding]:
        """What it finds in an example."""
        found = self.check([Source(path, text), *(Source(*other) for other in self.beside.items())])
        return [finding for finding in found if finding.path == path]


@dataclass(frozen=True)
class Asked:
    """A law that only a running portal or a database can be asked about: `test` is the file that asks."""

    name: str
    reason: str
    test: str


def at(source: Source, node: ast.expr | ast.stmt | ast.alias | ast.arg, told: str) -> Finding:
    return Finding(source.path, node.lineno, told, node.end_lineno or node.lineno)


def per_file(look: Callable[[Source], Iterable[Finding]]) -> Check:
    """The check of a rule that looks at one file at a time."""

    def check(sources: Sequence[Source]) -> Iterator[Finding]:
        for source in sources:
            yield from look(source)

    return check


@cache
def sources() -> tuple[Source, ...]:
    """Every file that the rules read."""
    files = [file for name in READ for file in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]
    return tuple(Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(files))


@dataclass(frozen=True)
class Judgement:
    """What became of a rule: where it is broken, and how many lines escaped it."""

    findings: tuple[Finding, ...]
    escapes: tuple[Escape, ...]
    idle: tuple[Escape, ...]
    """Escapes that let nothing off."""


def judge(rule: Rule, files: Sequence[Source]) -> Judgement:
    mine = defaultdict(list)
    for source in files:
        for escape in source.escapes:
            if escape.rule == rule.name:
                mine[source.path].append(escape)
    used: set[Escape] = set()
    findings = []
    for finding in rule.check(files):
        by = [escape for escape in mine[finding.path] if finding.escaped_by(escape)]
        used.update(by)
        if not by:
            findings.append(finding)
    everything = [escape for escapes in mine.values() for escape in escapes]
    return Judgement(tuple(findings), tuple(used), tuple(escape for escape in everything if escape not in used))


def unreadable(files: Iterable[Source], names: Iterable[str]) -> list[Finding]:
    """Escapes that do not say why, and escapes from a rule that there is not."""
    known = set(names)
    return [
        Finding(escape.path, escape.line, f"no such escape: {escape.text}")
        for source in files
        for escape in source.escapes
        if escape.rule not in known
    ]
