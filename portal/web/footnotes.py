"""Footnotes that lead to their words and back, in HTML that the cleaner has been through."""

import re

from markupsafe import Markup, escape

_MARK = re.compile(r'<sup class="note-(above|below)">([\w-]{1,20})</sup>')


def linked(drawn: Markup, place: str) -> Markup:
    """The same HTML with its marks as links, where both ends are there. Their ids begin with `place`, one a text.

    Nothing but our own marks looks like this in it: what was written in the text has its brackets escaped.
    """
    if 'class="note-' not in drawn:
        return drawn
    marks = [(found[1], found[2]) for found in _MARK.finditer(drawn)]
    above = {name for side, name in marks if side == "above"}
    below = {name for side, name in marks if side == "below"}
    numbers = {name: at for at, name in enumerate(sorted(above & below) if place else [], 1)}
    seen: set[tuple[str, str]] = set()

    def link(found: re.Match[str]) -> str:
        side, name = found[1], found[2]
        if name not in numbers:
            return f"<sup>{name}</sup>"
        here = f"{escape(place)}-{numbers[name]}"
        own = "" if (side, name) in seen else f' id="{here}-{side}"'
        seen.add((side, name))
        if side == "above":
            return f'<sup><a href="#{here}-below"{own} aria-label="Footnote {name}">{name}</a></sup>'
        return f'<sup><a href="#{here}-above"{own} aria-label="Back to footnote {name} in the text">{name}</a></sup>'

    return Markup(_MARK.sub(link, drawn))  # noqa: S704 - cleaned before; what is put in is a word, a number and ids
