#!/usr/bin/env bash
# Guess: a converter from LaTeX to MathML that returns without an error has read the formula.
# Seen: latex2mathml knows no `aligned`, the environment in which models write most steps of a derivation. It returns
#   the cells as letters in one row, with the ampersands as identifiers that are not escaped: the result is no XML.
#   A command that it does not know, and a fraction without its denominator, are drawn as far as they go, too.
# Why it matters: nothing tells the page to show the letters instead, and a parser of XML refuses the whole answer.
#   math-core draws the first as a table and raises on the others.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('latex2mathml==3.81.1' 'math-core==0.9.0')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
"$work/venv/bin/python" -W ignore - <<'PY'
import importlib.metadata, sys
from xml.etree import ElementTree

from latex2mathml.converter import convert
from math_core import LatexError, LatexToMathML

failed = []
for name in ("latex2mathml", "math-core"):
    print(name, importlib.metadata.version(name))


def check(what, got, want):
    print(f"{what}: {got!r}")
    if got != want:
        failed.append(what)
        print(f"  changed, it was: {want!r}")


def is_xml(text):
    try:
        ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return False
    return True


def raises(formula):
    try:
        LatexToMathML(fancy_error=False).convert_with_local_state(formula, displaystyle=True)
    except LatexError:
        return True
    return False


STEPS = r"\begin{aligned}a&=b\\&=c\end{aligned}"
check("aligned, rows", convert(STEPS).count("<mtr>"), 0)
check("aligned, ampersands as letters", convert(STEPS).count("<mi>&</mi>"), 2)
check("aligned, is XML", is_xml(convert(STEPS)), False)
check("align, rows", convert(STEPS.replace("aligned", "align")).count("<mtr>"), 2)
check("unknown command", "<mi>\\nosuch</mi>" in convert(r"\nosuch{x}"), True)
check("half a fraction", "<mfrac><mrow><mi>a</mi></mrow></mfrac>" in convert(r"\frac{a}"), True)
other = LatexToMathML(fancy_error=False).convert_with_local_state(STEPS, displaystyle=True)
check("math-core, aligned, rows", other.count("<mtr>"), 2)
check("math-core, raises", [raises(r"\nosuch{x}"), raises(r"\frac{a}")], [True, True])

sys.exit(f"changed: {failed}" if failed else 0)
PY
