"""Formulas as a browser draws them: from the letters that a model wrote to MathML, made here and checked again by the
cleaner.

What the library cannot read stays as it was written: half a formula drawn is another formula. Its letters go with
each drawing, unseen, for they are what one copies.
"""

import re

from math_core import LatexError, LatexToMathML

COMMANDS_TO = 250
"""Commands in a formula that is drawn. The library goes a step deeper for each, and the stack of a thread is short."""

DEPTH_TO = 64
"""Braces within braces in a formula that is drawn."""

DRAWING_TO = 60_000
"""Characters that the drawing of one formula may have."""

TAGS = frozenset(
    """
    math mrow mi mn mo mtext mspace ms mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts
    mprescripts mtable mtr mtd mphantom mpadded menclose mstyle merror
    """.split()  # noqa: SIM905 - one to a line they would be thirty lines
)
"""What a formula is drawn with: MathML that lays out, nothing that leads anywhere or that holds other languages."""

ATTRIBUTES = frozenset(
    """
    class display displaystyle scriptlevel accent accentunder lspace rspace stretchy symmetric form fence separator
    largeop movablelimits minsize maxsize linethickness width height depth voffset mathvariant notation columnspan
    rowspan
    """.split()  # noqa: SIM905 - one to a line they would be thirty lines
)

CLASSES = frozenset(
    f"m-{name}" for name in ("start", "end", "close-start", "close-end", "apart", "above", "below", "before", "after")
)
"""Where something stands in a table or which lines it has: the library says so by styles, which our policy forbids."""

_STYLES = {
    "text-align:left": "m-start",
    "text-align:right": "m-end",
    "padding-left:0": "m-close-start",
    "padding-right:0": "m-close-end",
    "padding-left:1em": "m-apart",
    "border-top": "m-above",
    "border-bottom": "m-below",
    "border-left": "m-before",
    "border-right": "m-after",
}
_STYLED = re.compile(r'(<m[a-z]+)((?: [a-z]+="[^"<>]*")*) style="([^"<>]*)"')
_VALUE = re.compile(r"-?\d{1,2}(?:\.\d{1,9})?(?:em|ex|px|pt|%)?|[a-z]{1,24}")
_NUMBERED = re.compile(r"\\(begin|end)\{(align|gather|equation|multline|alignat|flalign)\}")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)

_LIBRARY = LatexToMathML(fancy_error=False, max_expansions=0)


def mathml(formula: str, block: bool) -> str | None:
    """The formula as MathML with class names of ours; None when it is to be shown as it was written.

    It comes with the signs around it: `$…$`, `$$…$$`, `\\(…\\)` or `\\[…\\]`.
    """
    signs = 1 if formula[0] == "$" != formula[1:2] else 2
    inside = formula[signs:-signs].strip()
    if not inside or inside.count("\\") > COMMANDS_TO or _depth(inside) > DEPTH_TO:
        return None
    if "\\tag" in inside and "\\begin" not in inside:
        inside = f"\\begin{{equation}}{inside}\\end{{equation}}"
    try:  # an answer numbers no equations: each formula would be the first
        drawn = _LIBRARY.convert_with_local_state(_NUMBERED.sub(r"\\\1{\2*}", inside), displaystyle=block)
    except LatexError:
        return None
    return _STYLED.sub(_classed, drawn) if len(drawn) <= DRAWING_TO else None


def allowed(name: str, value: str) -> bool:
    """Whether an attribute of MathML may have this value: a word or a short length."""
    return name in ATTRIBUTES and _VALUE.fullmatch(value) is not None


def _depth(inside: str) -> int:
    deepest = depth = 0
    for found in _BRACES.finditer(inside):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


def _classed(found: re.Match[str]) -> str:
    names = []
    for part in found[3].replace(" ", "").split(";"):
        name = _STYLES.get(part) or _STYLES.get(part.partition(":")[0])
        if name:
            names.append(name)
    return f'{found[1]}{found[2]} class="{" ".join(names)}"' if names else found[1] + found[2]
