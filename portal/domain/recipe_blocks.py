"""A recipe: blocks of lines to paste into one tool, and how a person's values are filled into them."""

import re
from dataclasses import dataclass

from portal.domain.literals import Language, literal

PLACEHOLDER = "llmp_YOUR_TOKEN"
"""What stands where the token goes: a value is shown once, to whoever made it, and never here."""


@dataclass(frozen=True)
class Values:
    """What the lines are filled in with. `base` is the portal's address without a slash at its end."""

    base: str
    model: str
    token: str = PLACEHOLDER


@dataclass(frozen=True)
class Block:
    """Lines that go to one place: a file, or the shell."""

    where: str
    language: Language
    lines: str


@dataclass(frozen=True)
class Recipe:
    """How one client is pointed at the portal. `speaks` is the API that it asks; `notes` are what one would stumble on.

    `base` is the address that it wants: Anthropic's clients add `/v1` themselves, all others are given it.
    """

    key: str
    name: str
    mark: str
    line: str
    base: str
    speaks: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filled:
    """A block for one person."""

    where: str
    language: str
    text: str


_HOLE = re.compile(r"⟦(.+?)⟧")
_VALUE = re.compile(r"\{(base|model|token)(:json)?\}")


def fill(recipe: Recipe, values: Values) -> tuple[Filled, ...]:
    """The lines to paste, each value quoted as its language wants it."""
    return tuple(Filled(block.where, block.language.value, _filled(block, values)) for block in recipe.blocks)


def base_of(recipe: Recipe, values: Values) -> str:
    """The base URL that this client is given."""
    return _said(recipe.base, values)


def _filled(block: Block, values: Values) -> str:
    # In one pass over the template: what a value holds is never looked at again.
    return _HOLE.sub(lambda hole: literal(block.language, _said(hole[1], values)), block.lines)


def _said(text: str, values: Values) -> str:
    def one(found: re.Match[str]) -> str:
        value: str = getattr(values, found[1])
        return literal(Language.JSON, value) if found[2] else value

    return _VALUE.sub(one, text)
