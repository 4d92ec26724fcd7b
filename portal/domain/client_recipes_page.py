"""The page of documentation that the recipes give. `python -m portal.domain.client_recipes_page` writes it out."""

import sys
from collections.abc import Iterator

from portal.domain.client_recipes import RECIPES
from portal.domain.recipe_blocks import Recipe, Values, base_of, fill

EXAMPLE = Values("https://portal.example.org", "acme/gpt-5.2")

HEAD = f"""# Connecting clients

The portal answers in the APIs of OpenAI and Anthropic under `/v1`, so the tools that developers have keep working: they
are given the portal’s address, an access token and the name of a model, and nothing else is changed. The page *Connect
a client* prints these lines for your portal and the models that you may use; here they stand for
`{EXAMPLE.base}` and `{EXAMPLE.model}`. `{EXAMPLE.token}` is an access token that may *Chat*, made under *Access
tokens*.

A model is named `provider/name`, or by its bare name or alias where only one model has it. `auto` is whatever the
portal selects for you, `auto:<purpose>` what it selects for a purpose, such as `auto:code_review`.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for recipe in RECIPES.values() for line in _section(recipe))])


def _section(recipe: Recipe) -> Iterator[str]:
    yield f"## {recipe.name}\n"
    yield f"{recipe.line}. Base URL: `{base_of(recipe, EXAMPLE)}`; it asks {recipe.speaks}.\n"
    for block in fill(recipe, EXAMPLE):
        yield f"{block.where}:\n"
        yield f"```{'sh' if block.language == 'shell' else block.language.lower()}\n{block.text}\n```\n"
    if recipe.notes:
        yield "".join(f"- {note}\n" for note in recipe.notes)


if __name__ == "__main__":
    sys.stdout.write(page())
