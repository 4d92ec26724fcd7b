"""The laws of types: what crosses a floor has a name, and a proof is made only by what proves it."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.house.rules.base import Finding, Rule, Source, at

NAMED = ("domain", "store", "services")
LOOSE = {"dict", "Dict", "Mapping", "MutableMapping"}
ANYTHING = {"Any", "object"}

PROOFS = {
    "OwnedChatId": ("portal/services/chat/ownership.py",),
    "ReachableModelId": ("portal/domain/selection.py",),
}
"""Each proof type with the modules that may make one: there, and nowhere else, it is checked."""


def _loose(annotation: ast.expr) -> Iterator[str]:
    """The parts of an annotation that say no more than "a mapping of something"."""
    inner: set[ast.AST] = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _loose(ast.parse(node.value, mode="eval").body)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            inner.add(node.value)
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if node.value.id in LOOSE and isinstance(parts[-1], ast.Name) and parts[-1].id in ANYTHING:
                yield ast.unparse(node)
        elif isinstance(node, ast.Name) and node.id in LOOSE and node not in inner:
            yield node.id


def _called_from_other_floors(sources: Sequence[Source]) -> set[tuple[str, str]]:
    """(module, name) of what a file of another room of the portal uses."""
    used: set[tuple[str, str]] = set()
    for source in sources:
        if not source.in_portal:
            continue
        aliases: dict[str, set[str]] = defaultdict(set)
        for node in source.nodes:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    used.add((f"{source.room}>{node.module}", alias.name))
                    aliases[alias.asname or alias.name].add(f"{node.module}.{alias.name}")
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                for module in aliases.get(node.value.id, ()):
                    used.add((f"{source.room}>{module}", node.attr))
    return {
        (module, name)
        for way, name in used
        for room, _, module in [way.partition(">")]
        if module.startswith("portal.") and room != module.split(".")[1]
    }


def _signatures(sources: Sequence[Source]) -> Iterator[Finding]:
    called = _called_from_other_floors(sources)
    for source in sources:
        if source.room not in NAMED:
            continue
        for node in source.tree.body:
            if not isinstance(node, ast.FunctionDef) or (source.module, node.name) not in called:
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            annotated = [argument for argument in arguments if argument.annotation is not None]
            for said in [*annotated, *([node.returns] if node.returns else [])]:
                annotation = said.annotation if isinstance(said, ast.arg) else said
                assert annotation is not None
                for loose in _loose(annotation):
                    yield at(source, said, f"{node.name}: {loose} does not say what is in it")


def _proofs(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.in_portal:
            continue
        renamed = {
            alias.asname: alias.name
            for node in source.tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.asname and alias.name in PROOFS
        }
        for node in source.nodes:
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            made = [called] if renamed.get(called, called) in PROOFS else []
            if called == "cast" and node.args:
                made = [word for word in PROOFS if word in ast.unparse(node.args[0])]
            for name in made:
                proof = renamed.get(name, name)
                if not source.within(*PROOFS[proof]):
                    yield at(source, node, f"{proof} is made in {', '.join(PROOFS[proof])} alone, where it is checked")


PROVEN = {"chat_id": "OwnedChatId"}
"""Arguments of the store that take nothing but a proof."""
PROVEN_IN = ("portal/store/chats.py", "portal/store/attempts.py", "portal/store/questions.py")


def _unproven(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        for node in source.nodes if source.within(*PROVEN_IN) else ():
            proof = PROVEN.get(node.arg) if isinstance(node, ast.arg) else None
            if proof and isinstance(node, ast.arg) and proof not in ast.unparse(node.annotation or ast.Constant("")):
                yield at(source, node, f"{node.arg} is no {proof}: whose it is was not checked")


def _unknown_proofs(sources: Sequence[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.in_portal:
            continue
        for node in source.nodes:
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NewType":
                name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
                if name not in PROOFS:
                    yield at(source, node, f"who may make a {name}? PROOFS does not say")


TYPES = (
    Rule(
        "named-types-across-floors",
        "dict[str, Any] tells the caller nothing, and mypy less",
        _signatures,
        {
            "portal/store/x.py": "def add(session, row: dict[str, Any]) -> None: ...\n",
        },
        {
            "portal/store/x.py": "def add(session, row: Row) -> None: ...\n\n\ndef _plain(row: dict[str, Any]): ...\n",
        },
        beside={"portal/services/x.py": "from portal.store import x\n\n\ndef add(session):\n    x.add(session, {})\n"},
    ),
    Rule(
        "proofs-are-proven",
        "an id that anybody may call checked is not checked",
        lambda sources: [*_proofs(sources), *_unproven(sources), *_unknown_proofs(sources)],
        {
            "portal/services/chat/one.py": "def show(chat_id):\n    return read(OwnedChatId(chat_id))\n",
            "portal/services/chat/two.py": "from portal.domain.chats import OwnedChatId as Id\n\nCHAT = Id(1)\n",
            "portal/services/chat/three.py": "def show(chat_id):\n    return read(cast(OwnedChatId, chat_id))\n",
            "portal/store/chats.py": "def turns_of(session, chat_id: UUID): ...\n",
            "portal/domain/four.py": 'CheckedKeyId = NewType("CheckedKeyId", UUID)\n',
        },
        {
            "portal/services/chat/ownership.py": "def find(chat):\n    return OwnedChatId(chat.id)\n",
            "portal/domain/chats.py": 'OwnedChatId = NewType("OwnedChatId", UUID)\n',
        },
    ),
)
