"""The law of forms that edit: they know which version they were drawn from, all in one way."""

import ast
from collections.abc import Collection, Iterator, Sequence

from tests.house.rules.base import Finding, Rule, Source, at

ROOTS = {"Form", "FlaskForm", "PortalForm"}
VERSIONED = "VersionedForm"
"""What a form that edits is: it carries the version, and tells what changed meanwhile."""


def forms(sources: Sequence[Source], roots: Collection[str] = ROOTS) -> Iterator[tuple[Source, ast.ClassDef]]:
    """Every class of a form in `web`, whatever lies between it and these roots."""
    classes = [
        (source, node)
        for source in sources
        if source.room == "web"
        for node in source.nodes
        if isinstance(node, ast.ClassDef)
    ]
    known = set(roots)
    while True:
        grown = known | {
            node.name for _, node in classes if known & {base.id for base in node.bases if isinstance(base, ast.Name)}
        }
        if grown == known:
            break
        known = grown
    return ((source, node) for source, node in classes if node.name in known - set(roots))


def _fields(node: ast.ClassDef) -> dict[str, ast.expr | None]:
    said: dict[str, ast.expr | None] = {}
    for step in node.body:
        if isinstance(step, ast.Assign):
            said |= {target.id: step.value for target in step.targets if isinstance(target, ast.Name)}
        elif isinstance(step, ast.AnnAssign) and isinstance(step.target, ast.Name):
            said[step.target.id] = step.value
    return said


def _versions(sources: Sequence[Source]) -> Iterator[Finding]:
    versioned = {node.name for _, node in forms(sources, {VERSIONED})} | {VERSIONED}
    for source, node in forms(sources):
        head = Finding(source.path, node.lineno, "", node.lineno)
        fields = _fields(node)
        edits = fields.get("EDITS")
        if not isinstance(edits, ast.Constant) or not isinstance(edits.value, bool):
            yield Finding(head.path, head.line, f"{node.name} does not say whether it EDITS what exists", head.last)
        elif edits.value and node.name not in versioned:
            step = next(step for step in node.body if "EDITS" in ast.unparse(step).split("=")[0])
            yield at(source, step, f"{node.name} edits what exists and is no {VERSIONED}")


FORMS = (
    Rule(
        "versioned-edit-forms",
        "of two people who edit one thing at once, the second must not undo the first unknowingly",
        _versions,
        {
            "portal/web/one/forms.py": "class OneForm(PortalForm):\n    name = StringField()\n",
            "portal/web/two/forms.py": "class TwoForm(PortalForm):\n    EDITS = True\n    name = StringField()\n",
            "portal/web/three/forms.py": "class Part(FlaskForm):\n    EDITS = False\n\n\n"
            "class ThreeForm(Part):\n    EDITS = True\n    name = StringField()\n",
        },
        {
            "portal/web/one/forms.py": "class NewForm(PortalForm):\n    EDITS = False\n    name = StringField()\n\n\n"
            "class EditForm(VersionedForm):\n    EDITS = True\n    name = StringField()\n",
            "portal/web/fields.py": "class VersionedForm(PortalForm):\n    EDITS = True\n    version = HiddenField()\n",
        },
    ),
)
