"""What is worked out once a run, not once a test: each test has a portal of its own, and all of them are alike.

Nothing here changes what a test sees. It was more than half of the time of a test.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.routing.rules import RulePart

from tests.databases import KINDS

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""What pytest makes of each file of tests is kept for the next run, also where Python may keep nothing of its own.

Else every worker works out every file anew, which is more than half of what it does before its first test.
"""


class Templates(BytecodeCache):
    """The templates as they were compiled for an earlier test, here or in another worker.

    A template that changed has another checksum, and is compiled anew.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._compiled: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self._compiled.get((bucket.key, bucket.checksum))
        if known is None:
            file = self._file(bucket)
            if file.exists():
                bucket.bytecode_from_string(file.read_bytes())
                self._compiled[bucket.key, bucket.checksum] = bucket.code
            return
        bucket.code = known

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code
        descriptor, draft = tempfile.mkstemp(dir=self._directory)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(bucket.bytecode_to_string())
        os.replace(draft, self._file(bucket))

    def _file(self, bucket: Bucket) -> Path:
        return self._directory / f"{bucket.key}-{bucket.checksum}"


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """One folder for all workers of a run, whose own folders lie side by side."""
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "templates"
    directory.mkdir(exist_ok=True)
    return Templates(directory)


@dataclass(frozen=True)
class CompiledRule:
    """What follows from the text of a route. It knows of its rule what the key of its cache holds."""

    parts: list[RulePart]
    trace: list[tuple[bool, str]]
    converters: dict[str, BaseConverter]
    build: Callable[..., tuple[str, str]]
    build_unknown: Callable[..., tuple[str, str]]

    @classmethod
    def of(cls, rule: Rule) -> "CompiledRule":
        build, unknown = rule._build.__func__, rule._build_unknown.__func__
        return cls(rule._parts, rule._trace, rule._converters, build, unknown)

    def put_into(self, rule: Rule) -> None:
        rule._parts, rule._trace = list(self.parts), list(self.trace)
        rule._converters = dict(self.converters)  # Werkzeug's own remember their map, and never ask it anything
        rule.arguments |= self.converters.keys()
        rule._build = self.build.__get__(rule, None)
        rule._build_unknown = self.build_unknown.__get__(rule, None)


@pytest.fixture(scope="session", autouse=True)
def compiled_routes() -> Iterator[None]:
    """A route is compiled once: its pattern, and what builds its address."""
    compiled: dict[tuple[object, ...], CompiledRule] = {}
    compile_rule = Rule.compile
    usual = dict(Map.default_converters)

    def remembered(rule: Rule) -> None:
        if rule.map.converters != usual:
            compile_rule(rule)
            return
        domain = rule.host if rule.map.host_matching else rule.subdomain
        key = (rule.rule, domain, rule.merge_slashes, repr(rule.defaults))
        if key in compiled:
            compiled[key].put_into(rule)
        else:
            compile_rule(rule)
            compiled[key] = CompiledRule.of(rule)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "compile", remembered)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_dialect_of_a_kind() -> Iterator[None]:
    """What SQLAlchemy compiled for one test's engine serves the next one's: both caches ask whether dialects are equal.

    Each test has a portal with an engine of its own, and compiling its statements was a quarter of the time of a test.
    """
    with pytest.MonkeyPatch.context() as patch:
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        yield


@pytest.fixture(scope="session")
def compiled_statements() -> dict[str, LRUCache[Any, Any]]:
    """By kind of database: what its engines have compiled so far."""
    return {kind: LRUCache(2000) for kind in KINDS}
