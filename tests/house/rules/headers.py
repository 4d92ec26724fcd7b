"""The law of headers: what an answer's head says is a constant, or went through the one module that encodes it."""

import ast
from collections.abc import Iterator

from tests.house.rules.base import Finding, Rule, Source, at, per_file

ENCODERS = "portal.web.header_values"
ADDS = {"set", "add", "setdefault"}
"""What `response.headers` is told with; the value is the second argument."""


def _encoders(source: Source) -> set[str]:
    return {
        alias.asname or alias.name
        for node in source.tree.body
        if isinstance(node, ast.ImportFrom) and node.module == ENCODERS
        for alias in node.names
    }


def _values(node: ast.AST) -> Iterator[ast.expr]:
    """The values of headers that a statement or a call sets."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and getattr(target.value, "attr", "") == "headers":
                yield node.value
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "headers" and isinstance(keyword.value, ast.Dict):
                yield from keyword.value.values
        told = node.func
        if isinstance(told, ast.Attribute) and told.attr in ADDS and getattr(told.value, "attr", "") == "headers":
            yield from node.args[1:]
            yield from (keyword.value for keyword in node.keywords)
    elif isinstance(node, ast.FunctionDef) and node.name == "headers":
        for step in ast.walk(node):
            if isinstance(step, ast.Dict):
                yield from step.values


def _plain(value: ast.expr, encoders: set[str]) -> bool:
    match value:
        case ast.Constant(value=str(text)):
            return text.isascii()
        case ast.Name(id=name):
            return name.isupper()
        case ast.IfExp(body=body, orelse=orelse):
            return _plain(body, encoders) and _plain(orelse, encoders)
        case ast.JoinedStr(values=parts):
            return all(_plain(part.value if isinstance(part, ast.FormattedValue) else part, encoders) for part in parts)
        case ast.Call(func=ast.Name(id=name)):
            return name in encoders
    return False


def _headers(source: Source) -> Iterator[Finding]:
    if not (source.room in ("web", "serving") or source.module == "portal"):
        return
    encoders = _encoders(source)
    for node in source.nodes:
        for value in _values(node):
            if not _plain(value, encoders):
                yield at(source, value, f"{ast.unparse(value)} stands in a header as it is")


HEADERS = (
    Rule(
        "encoded-header-text",
        "the server sends headers as Latin-1: a chat named in Cyrillic breaks the answer",
        per_file(_headers),
        {
            "portal/web/one.py": 'def give(name):\n    return Response("", headers={"Content-Disposition": name})\n',
            "portal/web/two.py": 'def give(response, name):\n    response.headers["X-Name"] = f"to {name}"\n',
            "portal/web/three.py": "def give(response, name):\n"
            '    response.headers.set("Content-Disposition", "attachment", filename=name)\n',
            "portal/web/four.py": 'class NameForm:\n    def headers(self):\n        return {"X": self.name}\n',
        },
        {
            "portal/web/chat/views.py": "from portal.web.header_values import attachment\n\n\n"
            'def give(name):\n    return Response("", headers={"X-Kept": "no", "X-Name": attachment(name)})\n'
        },
    ),
)
