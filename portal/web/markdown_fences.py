"""A block of Markdown that itself holds blocks of code, between fences of one length, as models write it.

To CommonMark the first bare fence ends the outer block. People mean that each fence with a language opens a block and
that each bare one ends the innermost.
"""

import re

from markdown_it.rules_block import StateBlock

_OPENS = re.compile(r"(`{3,}|~{3,})[ \t]*(?:markdown|md|mdx)(?:\s[^`]*)?", re.IGNORECASE)
_FENCE = re.compile(r"(`{3,}|~{3,})\s*([^`]*)")


def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for the reader. A block whose fences do not add up is left to CommonMark, when all of it is there."""
    opening = _OPENS.fullmatch(_line(state, start))
    if opening is None or state.is_code_block(start):
        return False
    last, nested = _last_line(state, start, end, opening[1])
    if not nested or (last == end and not state.env.get("arriving")):
        return False
    if silent:
        return True
    token = state.push("fence", "code", 0)
    token.info = _line(state, start)[len(opening[1]) :].strip()
    token.markup = opening[1]
    token.content = state.getLines(start + 1, last, state.sCount[start], True)
    state.line = min(last + 1, end)
    token.map = [start, state.line]
    return True


def _last_line(state: StateBlock, start: int, end: int, outer: str) -> tuple[int, bool]:
    """The line that ends the block, or `end`; and whether blocks stand within it."""
    opened, nested = [outer], False
    for line in range(start + 1, end):
        text = _line(state, line)
        if text and state.sCount[line] < state.blkIndent:
            break
        fence = _FENCE.fullmatch(text)
        if fence is None:
            continue
        if not fence[2] and fence[1].startswith(opened[-1]):
            opened.pop()
            if not opened:
                return line, nested
        elif fence[2] or fence[1][0] != opened[-1][0]:
            opened.append(fence[1])
            nested = True
    return end, nested


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
