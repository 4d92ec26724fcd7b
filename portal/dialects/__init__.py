"""Floor 2: one file for each wire dialect. A dialect translates and never talks."""

from portal.dialects import anthropic, bedrock, demo, gemini, openai, vertex
from portal.dialects.base import Dialect

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (openai, anthropic, gemini, vertex, bedrock, demo)}
"""Every wire language by name; a module each."""
