"""An answer that is still arriving, drawn block by block."""

import time
from typing import Any

from markdown_it.token import Token
from markupsafe import Markup

from portal.web.prose import READER, Clock, OutOfTime, cleaned, draw, env_of, plain

OPEN_TO = 3_000
"""Characters of a block still arriving from which its beginning is drawn for good: what is new stays cheap to draw."""


class Growing:
    """An answer that is still arriving: blocks that are done are drawn once, only the last one is drawn again.

    Of a last one that is long, what came first is drawn for good as well: of code some lines, of a list some items.
    """

    def __init__(self, reading: Clock = time.thread_time) -> None:
        self._open = ""
        self._reading = reading
        self._slow = False
        self._more = False  # what is open begins within a block of code

    def add(self, text: str) -> tuple[Markup, Markup]:
        """Take in more text; returns the HTML of the blocks that it completes, and that of the one still open.

        From the first time that reading takes too long, what is open stays open and is shown as it is.
        """
        self._open += text
        if not self._slow:
            env = self._env(arriving=self._open)
            try:
                tokens = READER.parse(self._open, env)
                starts = [token.map[0] for token in tokens if token.level == 0 and token.map]
                cut = max(starts, default=0)
                if not cut and len(self._open) <= OPEN_TO:  # one block: what was read is drawn
                    return Markup(), cleaned(READER.renderer.render(tokens, READER.options, env))
            except (OutOfTime, RecursionError):
                self._slow = True
        if self._slow:
            return Markup(), plain(self._open)
        lines = self._open.split("\n")  # not splitlines: it knows more ends of line than Markdown does
        fence = tokens[-1] if tokens[-1].type == "fence" and tokens[-1].level == 0 else None
        if not cut and fence and _is_open(fence, lines):
            return self._within_code(lines)
        if not cut:
            cut = max(
                (token.map[0] for token in tokens if token.type == "list_item_open" and token.level == 1), default=0
            )
        done, self._open = "\n".join(lines[:cut]), "\n".join(lines[cut:])
        drawn = self._drawn(done)
        self._more = self._more and not cut
        return drawn, self._drawn(self._open, arriving=self._open)

    def _within_code(self, lines: list[str]) -> tuple[Markup, Markup]:
        """The lines of code that are whole, and the one that is not, with the fence above it again."""
        done = self._drawn("\n".join(lines[:-1]))
        self._open, self._more = f"{lines[0]}\n{lines[-1]}", True
        return done, self._drawn(self._open, arriving=self._open)

    def _drawn(self, text: str, arriving: str = "") -> Markup:
        return draw(text, env=self._env(arriving))

    def _env(self, arriving: str) -> dict[str, Any]:
        return {**env_of(time.thread_time, self._reading), "arriving": arriving, "goes on": self._more}


def _is_open(fence: Token, lines: list[str]) -> bool:
    """Whether code is still arriving in it. Markdown is drawn whole: it has fences of its own."""
    last = lines[-1].strip()
    return not (last and last == last[0] * len(last) and last[0] in "`~") and not fence.info.lower().startswith("m")
