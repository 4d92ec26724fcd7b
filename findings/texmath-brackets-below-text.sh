#!/usr/bin/env bash
# Guess: with the plugin for formulas between `\[` and `\]` a formula is kept wherever a model writes one.
# Seen: `\[` counts only where a paragraph begins. Right below a line of text, in a list, or within a sentence the
#   text goes to the rules of emphasis: backslashes and stars are gone, without a word. `\(…\)` is kept anywhere.
# Why it matters: models write the brackets right below "So:". What people then see and copy is another formula
#   than the model wrote.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('mdit-py-plugins==0.7.0' 'markdown-it-py==4.3.0')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
"$work/venv/bin/python" -W ignore - <<'PY'
import importlib.metadata, json, sys

failed = []


def version(*names):
    for name in names:
        print(name, importlib.metadata.version(name))


def check(what, got, want):
    print(f"{what}: {got!r}")
    if got != want:
        failed.append(what)
        print(f"  changed, it was: {want!r}")

from markdown_it import MarkdownIt
from mdit_py_plugins.texmath import texmath_plugin

version("markdown-it-py", "mdit-py-plugins")
reader = MarkdownIt("commonmark").use(texmath_plugin, delimiters="brackets")


def drawn(text):
    return "".join(reader.render(text).split())


BLOCK = "\\[\na*b*c\n\\]"
check("a paragraph of its own", drawn(f"So:\n\n{BLOCK}"), "<p>So:</p><section><eqn>a*b*c</eqn></section>")
check("right below a line", drawn(f"So:\n{BLOCK}"), "<p>So:[a<em>b</em>c]</p>")
check("in a list", drawn("- so\n  \\[a*b*c\\]"), "<ul><li>so[a<em>b</em>c]</li></ul>")
check("in a sentence", drawn("So \\[a*b*c\\] holds."), "<p>So[a<em>b</em>c]holds.</p>")
check("the round ones", drawn("So \\(a*b*c\\) holds."), "<p>So<eq>a*b*c</eq>holds.</p>")

sys.exit(f"changed: {failed}" if failed else 0)
PY
